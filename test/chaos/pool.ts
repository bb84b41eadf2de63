import { AsyncResource } from 'node:async_hooks';

/** A pool that calls back in the async context of whoever used it first, as pools of connections do. */
export class Pool {
  readonly #waiting: Array<() => void> = [];
  #connection?: AsyncResource;
  #isAtWork = false;

  query(callback: () => void): void {
    this.#connection ??= new AsyncResource('Connection');
    this.#waiting.push(callback);
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    this.#connection.runInAsyncScope(() => this.#answer());
  }

  #answer(): void {
    setImmediate(() => {
      this.#waiting.shift()?.();
      this.#isAtWork = this.#waiting.length > 0;
      if (this.#isAtWork) this.#answer();
    });
  }
}
