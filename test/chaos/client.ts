import type { INestApplication } from '@nestjs/common';
import type { RequestPlan } from './plan.js';
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

/** Where `request` is sent. */
export function pathOf({ id, controller, ending }: RequestPlan): string {
  return ending === 'nowhere' ? `/nowhere/${id}` : `/${controller}/${ending}/${id}`;
}

interface Injecting {
  inject(options: { url: string; method: 'GET' }): Promise<{ statusCode: number }>;
}

/** Requests without a connection, which nobody can leave. */
export class InjectingClient implements Client {
  readonly firstByte = Promise.resolve();
  readonly isClosed = false;
  readonly #app: Injecting;

  constructor(app: INestApplication) {
    this.#app = app as unknown as Injecting;
  }

  ask(requests: readonly RequestPlan[]): Promise<Array<number | undefined>> {
    return Promise.all(requests.map((request) => this.#inject(request)));
  }

  stopReading(): void {}

  hangUp(): void {}

  async close(): Promise<void> {}

  async #inject(request: RequestPlan): Promise<number | undefined> {
    // lazy: it is sent in the context in which it is awaited
    const inject = async () => (await this.#app.inject({ url: pathOf(request), method: 'GET' })).statusCode;
    return stores.run({ request: request.id }, inject).catch(() => undefined);
  }
}
