import { type Child, Program } from '../harness/program.js';
import type { Orders } from './worker.js';

/** One line of a worker: what became of a step, and when. */
export interface Line {
  readonly what: 'began' | 'hangs' | 'ended' | 'written';
  /** Of a batch, and of a step in it. */
  readonly id: string;
  readonly step: number;
  readonly at: number;
}

/** Processes that run batches, until they are killed. */
export class Workers {
  readonly #program: Program;
  readonly #orders: Orders;
  readonly #children: Child[] = [];

  private constructor(program: Program, orders: Orders) {
    this.#program = program;
    this.#orders = orders;
  }

  static async compile(orders: Orders): Promise<Workers> {
    return new Workers(await Program.compile('test/crash/worker.ts'), orders);
  }

  async start(hangsAt?: number): Promise<Child> {
    const child = await this.#program.start(JSON.stringify({ ...this.#orders, hangsAt }));
    this.#children.push(child);
    return child;
  }

  /** All that they have said so far, in the order of time. */
  get lines(): Line[] {
    const lines = this.#children.flatMap((child) => child.output.events.flatMap(lineOf));
    return lines.toSorted((a, b) => a.at - b.at);
  }

  remove(): Promise<void> {
    return this.#program.remove();
  }
}

/** Resolves once this worker hangs in a step: then it is killed. */
export async function killOnceItHangs(child: Child): Promise<Line & { readonly killedAt: number }> {
  const [line] = lineOf(`hangs ${await child.output.first('hangs ')}`);
  if (line === undefined) throw new Error('A worker has said what is no line.');
  child.kill();
  return { ...line, killedAt: Date.now() };
}

function lineOf(text: string): Line[] {
  const [what, id, step, at] = text.split(' ');
  if (at === undefined || id === undefined) return [];
  return [{ what: what as Line['what'], id, step: Number(step), at: Number(at) }];
}
