import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { RawRequest } from './response-end.js';

/** Which request is being served here, in an application whose tasks have `Scope.DEFAULT`. */
@Injectable()
export class CurrentRequest {
  readonly #storage = new AsyncLocalStorage<RawRequest>();

  get(): RawRequest | undefined {
    return this.#storage.getStore();
  }

  /** Calls `fn`, and whatever it leads to, within `request`. */
  enter(request: RawRequest, fn: () => void): void {
    if (this.get() === request) fn();
    else this.#storage.run(request, fn);
  }
}
