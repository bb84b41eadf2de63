import type { TaskContext } from '../tasks/task-context.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';

/** Runs `run` within `interceptors`, the first one outermost. */
export async function intercepted(
  interceptors: readonly TaskInterceptor[],
  task: TaskContext,
  run: () => Promise<void> | undefined,
  depth = 0,
): Promise<void> {
  const interceptor = interceptors[depth];
  if (interceptor === undefined) return run();
  const inner = new Inner(interceptor, task, () => intercepted(interceptors, task, run, depth + 1));
  await interceptor.intercept(task, () => inner.next());
  await inner.end();
}

/** What an interceptor wraps: to be run once, and waited for even if the interceptor does not. */
class Inner {
  #running?: Promise<void>;
  #hasEnded = false;

  constructor(
    private readonly interceptor: TaskInterceptor,
    private readonly task: TaskContext,
    private readonly run: () => Promise<void>,
  ) {}

  next(): Promise<void> {
    if (this.#running !== undefined) {
      return Promise.reject(this.#misuse('called next() twice. Call it once for each attempt.'));
    }
    this.#running = this.run().finally(() => {
      this.#hasEnded = true;
    });
    // nobody has to await it: end() sees to that
    this.#running.catch(() => undefined);
    return this.#running;
  }

  /** An interceptor that awaited may have dealt with a failure; one that did not cannot have. */
  async end(): Promise<void> {
    if (this.#running === undefined) throw this.#misuse('returned without calling next(). Call and await it.');
    if (!this.#hasEnded) await this.#running;
  }

  #misuse(how: string): Error {
    return new Error(
      `Cannot run \`${this.task.name}\`: the interceptor \`${this.interceptor.constructor.name}\` ${how}`,
    );
  }
}
