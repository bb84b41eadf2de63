import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { HandlerAtWork } from './batch.js';
import type { RawRequest } from './response-end.js';

/** Which request, or which call without one, is being served here, where tasks have `Scope.DEFAULT`. */
@Injectable()
export class CurrentRequest {
  readonly #storage = new AsyncLocalStorage<RawRequest | HandlerAtWork>();

  get(): RawRequest | HandlerAtWork | undefined {
    return this.#storage.getStore();
  }

  /** Calls `fn`, and whatever it leads to, within `request`. */
  enter<T>(request: RawRequest | HandlerAtWork, fn: () => T): T {
    return this.get() === request ? fn() : this.#storage.run(request, fn);
  }
}
