import type { INestApplication } from '@nestjs/common';
import type { Errands } from './errands.js';
import { factsOf, type RequestPlan } from './plan.js';
import { stores } from './seen.js';

/** One connection, whatever it is made of. */
export interface Client {
  /** Sends `requests` at once; resolves to the status of each answer, or nothing where it did not arrive whole. */
  ask(requests: readonly RequestPlan[]): Promise<Array<number | undefined>>;
  /** Resolves when the first byte of an answer to the latest requests arrives; never, if none does. */
  readonly firstByte: Promise<void>;
  /** Whether nothing can be asked any more. */
  readonly isClosed: boolean;
  stopReading(): void;
  hangUp(isWhole: boolean): void;
  /** Leaves in good order. */
  close(): Promise<void>;
}

/** What `request` is sent as. */
export interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** What it has of a body, in pieces; the rest is never sent where it is cut off. */
  readonly pieces: readonly string[];
  /** How long it says that its body is. */
  readonly length: number;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

const BODY = JSON.stringify({ text: 'x'.repeat(1_000) });

/** What `request` is sent as. */
export function sentAs({ id, controller, ending, turns }: RequestPlan): Sent {
  if (factsOf(ending).hasBody !== true) {
    return {
      method: 'GET',
      path: ending === 'nowhere' ? `/nowhere/${id}` : `/${controller}/${ending}/${id}`,
      pieces: [],
      length: 0,
    };
  }
  const half = BODY.length / 2;
  const halves = [BODY.slice(0, half), BODY.slice(half)];
  const all = turns % 2 === 0 ? [BODY] : halves;
  const pieces = ending === 'cut-off' ? halves.slice(0, 1) : all;
  return { method: 'POST', path: `/${controller}/upload/${id}`, pieces, length: BODY.length };
}

interface Injecting {
  inject(options: {
    url: string;
    method: Sent['method'];
    payload?: string;
    headers?: Record<string, string>;
  }): Promise<{ statusCode: number }>;
}

/** Requests without a connection, which nobody can leave. */
export class InjectingClient implements Client {
  readonly firstByte = Promise.resolve();
  readonly isClosed = false;
  readonly #app: Injecting;

  /** Asks from within an application that has `errands`, if there is one. */
  constructor(
    app: INestApplication,
    private readonly errands?: Errands,
  ) {
    this.#app = app as unknown as Injecting;
  }

  ask(requests: readonly RequestPlan[]): Promise<Array<number | undefined>> {
    return Promise.all(requests.map((request) => this.#inject(request)));
  }

  stopReading(): void {}

  hangUp(): void {}

  async close(): Promise<void> {}

  async #inject(request: RequestPlan): Promise<number | undefined> {
    const { method, path, pieces } = sentAs(request);
    const options = {
      url: path,
      method,
      ...(method === 'POST' && { payload: pieces.join(''), headers: JSON_HEADERS }),
    };
    // lazy: it is sent in the context in which it is awaited
    const inject = async () => (await this.#app.inject(options)).statusCode;
    const ask = () => stores.run({ request: request.id }, inject);
    return (this.errands?.run(ask) ?? ask()).catch(() => undefined);
  }
}
