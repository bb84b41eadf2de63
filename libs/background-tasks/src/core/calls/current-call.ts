import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What is being served here by one application: Node's own request, or a call that has none.
 *
 * Requests are known only where `BackgroundTasks` has `Scope.DEFAULT`.
 */
export class CurrentRequest {
  readonly #storage = new AsyncLocalStorage<object>();

  get(): object | undefined {
    return this.#storage.getStore();
  }

  /** Calls `fn`, and whatever it leads to, within `request`. */
  enter<T>(request: object, fn: () => T): T {
    return this.get() === request ? fn() : this.#storage.run(request, fn);
  }
}
