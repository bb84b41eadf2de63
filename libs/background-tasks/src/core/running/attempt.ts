import { clearTimeout, setTimeout } from 'node:timers';
import type { Outcome, TaskContext } from '../tasks/task-context.js';

/** One attempt of a task: what the task knows of itself, and how it is told to stop. */
export class Attempt implements TaskContext {
  #controller?: AbortController;

  constructor(
    readonly name: string,
    readonly attempt: number,
    readonly outcome: Outcome,
    readonly aborted: boolean,
  ) {}

  /** Made when somebody asks: most tasks never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  /** Settles as `work` does, or rejects after `timeout` milliseconds, with the signal aborted. */
  limit(timeout: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      // the longest that a timer of Node can wait
      const timer = setTimeout(() => reject(this.#timeOut(timeout)), Math.min(timeout, 2 ** 31 - 1));
      const settle = (callback: () => void): void => {
        clearTimeout(timer);
        callback();
      };
      work.then(
        () => settle(resolve),
        // eslint-disable-next-line typescript/prefer-promise-reject-errors -- what a task threw stays what it is
        (error: unknown) => settle(() => reject(error)),
      );
    });
  }

  #timeOut(timeout: number): Error {
    const error = new DOMException(`"${this.name}" took longer than its timeout of ${timeout} ms.`, 'TimeoutError');
    this.abort(error);
    return error;
  }
}
