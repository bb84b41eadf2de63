import { AsyncLocalStorage } from 'node:async_hooks';
import type { HandlerAtWork } from './batch.js';
import type { RawRequest } from './response-end.js';

const storage = new AsyncLocalStorage<RawRequest | HandlerAtWork>();

/**
 * What is being served here: a request, or a call that has none.
 *
 * Requests are known only where `BackgroundTasks` has `Scope.DEFAULT`.
 */
export function currentRequest(): RawRequest | HandlerAtWork | undefined {
  return storage.getStore();
}

/** Calls `fn`, and whatever it leads to, within `request`. */
export function withinRequest<T>(request: RawRequest | HandlerAtWork, fn: () => T): T {
  return currentRequest() === request ? fn() : storage.run(request, fn);
}
