import type { TaskInterceptor } from '../tasks/task-interceptor.js';

/** What makes the interceptors of an application, the outermost first. */
export type MakeInterceptors = () => Promise<readonly TaskInterceptor[]>;

/**
 * When the interceptors of an application are made, and what waits for that: no attempt is made without them.
 *
 * Nest has to have made everything else before. But what it makes may run tasks at once, in a constructor or a factory.
 */
export class Wrapping {
  #makeInterceptors?: MakeInterceptors;
  /** What is to start once they are there. */
  readonly #held: Array<() => void> = [];

  /** Whether there will be some, and are none yet. */
  get isAwaited(): boolean {
    return this.#makeInterceptors !== undefined;
  }

  /** Says how they are made, and that nothing starts until `make()` has made them. */
  await(makeInterceptors: MakeInterceptors): void {
    this.#makeInterceptors = makeInterceptors;
  }

  /** Calls `start` once they are there. */
  hold(start: () => void): void {
    this.#held.push(start);
  }

  /** Makes those that are awaited, hands them to `use`, and starts what was held. Rejects if they cannot be made. */
  async make(use: (interceptors: readonly TaskInterceptor[]) => void): Promise<void> {
    if (this.#makeInterceptors === undefined) return;
    use(await this.#makeInterceptors());
    this.#makeInterceptors = undefined;
    for (const start of this.#held.splice(0)) start();
  }
}
