import type { Child } from '../../harness/program.js';

/** What a span was, as the program prints it. */
export interface SeenSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string;
  readonly linked: readonly string[];
  readonly startTime: readonly [seconds: number, nanoseconds: number];
  readonly endTime: readonly [seconds: number, nanoseconds: number];
}

/** A task that ran, for the request `id`, and the span that was active then. */
export interface Ran {
  readonly id: string;
  readonly what: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** Hears what the program prints, and lets others wait for it. */
export class Witness {
  readonly spans = new Map<string, SeenSpan>();
  readonly ran: Ran[] = [];
  readonly #waits = new Set<string>();
  readonly #ranBy = new Map<string, number>();
  readonly #checks = new Set<() => void>();

  constructor(child: Child) {
    child.onLine = (line) => this.#hear(line);
  }

  /** Resolves once the handler of the request `id` waits. */
  waits(id: string): Promise<void> {
    return this.#until(() => this.#waits.has(id));
  }

  /** Resolves once so many tasks of the request `id` have run, and their spans have ended. */
  hasRun(id: string, count: number): Promise<void> {
    return this.#until(
      () =>
        (this.#ranBy.get(id) ?? 0) >= count &&
        this.ran.every((each) => each.id !== id || this.spans.has(each.spanId ?? '')),
    );
  }

  /** The span of the server for the trace of a request, if it has ended. */
  serverSpanOf(traceId: string): SeenSpan | undefined {
    return [...this.spans.values()].find((span) => span.traceId === traceId && span.kind === 1);
  }

  #hear(line: string): void {
    const space = line.indexOf(' ');
    const what = JSON.parse(line.slice(space)) as SeenSpan & Ran;
    if (line.startsWith('span ')) this.spans.set(what.spanId, what);
    if (line.startsWith('waits ')) this.#waits.add(what.id);
    if (line.startsWith('ran ')) {
      this.ran.push(what);
      this.#ranBy.set(what.id, (this.#ranBy.get(what.id) ?? 0) + 1);
    }
    for (const check of this.#checks) check();
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }
}
