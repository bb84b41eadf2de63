import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import type { Attempt } from './attempt.js';
import { Noticed } from './noticed.js';

/** Those of `interceptors` that are not left out now; `undefined` for none, which is the most frequent number. */
export function enabledOf(interceptors: readonly TaskInterceptor[]): TaskInterceptor[] | undefined {
  let enabled: TaskInterceptor[] | undefined;
  for (const interceptor of interceptors) if (isEnabled(interceptor)) (enabled ??= []).push(interceptor);
  return enabled;
}

/** One that cannot say whether it is enabled is: what it is for may be needed. */
export function isEnabled(interceptor: Pick<TaskInterceptor, 'isEnabled'>): boolean {
  try {
    return interceptor.isEnabled !== false;
  } catch {
    return true;
  }
}

/** An attempt within interceptors, the first one outermost. */
export class Intercepted {
  readonly #interceptors: readonly TaskInterceptor[];
  readonly #attempt: Attempt;
  readonly #startTask: () => Promise<void> | undefined;
  readonly #layers: Layer[] = [];
  /** What the task does, until it has ended. */
  #atWork?: Promise<void> | undefined;
  /** What the task went on with when nobody waited for it any longer. */
  #outlasting?: Promise<void> | undefined;

  constructor(interceptors: readonly TaskInterceptor[], attempt: Attempt, startTask: () => Promise<void> | undefined) {
    this.#interceptors = interceptors;
    this.#attempt = attempt;
    this.#startTask = startTask;
  }

  /** Settles when the task and the interceptors have ended: as the outermost did, or as a task that outlasted `end()`. */
  async run(): Promise<void> {
    try {
      await this.#within(0);
    } catch (error) {
      if (this.#outlasting === undefined) throw error;
    }
    await this.#outlasting;
  }

  /** Ends what every `next()` has returned: the attempt, which was told to stop, is over for its interceptors. */
  end(reason: Error): void {
    this.#outlasting ??= this.#atWork;
    for (const layer of this.#layers) layer.end(reason);
  }

  #within(depth: number): Promise<void> {
    const interceptor = this.#interceptors[depth];
    if (interceptor === undefined) return this.#runTask();
    const layer = new Layer(interceptor, this.#attempt, () => this.#within(depth + 1));
    this.#layers.push(layer);
    return layer.run();
  }

  async #runTask(): Promise<void> {
    try {
      await (this.#atWork = this.#startTask());
    } finally {
      this.#atWork = undefined;
    }
  }
}

/** One interceptor around what it wraps: that is run once, and waited for even if the interceptor does not. */
class Layer {
  readonly #interceptor: TaskInterceptor;
  readonly #attempt: Attempt;
  readonly #run: () => Promise<void>;
  #inner?: Noticed;
  #hasInnerEnded = false;
  #isOver = false;
  #reject?: (reason: Error) => void;

  constructor(interceptor: TaskInterceptor, attempt: Attempt, run: () => Promise<void>) {
    this.#interceptor = interceptor;
    this.#attempt = attempt;
    this.#run = run;
  }

  /** An interceptor that awaited may have dealt with a failure; one that did not cannot have. */
  async run(): Promise<void> {
    try {
      await this.#intercept();
    } catch (error) {
      // what it threw counts, but whatever runs next has to wait for this
      await this.#inner?.catch(() => undefined);
      throw error;
    }
    if (this.#inner === undefined) throw this.#misuse('returned without calling next(). Call and await it.');
    if (!this.#hasInnerEnded || !this.#inner.isNoticed) await this.#inner;
  }

  end(reason: Error): void {
    this.#reject?.(reason);
  }

  async #intercept(): Promise<void> {
    try {
      await this.#interceptor.intercept(this.#attempt, () => this.#next());
    } finally {
      this.#isOver = true;
    }
  }

  #next(): Promise<void> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#inner = new Noticed((resolve, reject) => {
      this.#reject = reject;
      this.#run().then(resolve, reject);
    });
    this.#inner.onceEnded(() => {
      this.#hasInnerEnded = true;
    });
    return this.#inner;
  }

  #refusal(): Error | undefined {
    if (this.#attempt.stopReason !== undefined) return this.#attempt.stopReason;
    if (this.#inner !== undefined) return this.#misuse('called next() twice. Call it once for each attempt.');
    return this.#isOver ? this.#misuse('called next() after it had ended. Call and await it.') : undefined;
  }

  #misuse(how: string): Error {
    return new Error(
      `Cannot run \`${this.#attempt.name}\`: the interceptor \`${this.#interceptor.constructor.name}\` ${how}`,
    );
  }
}
