import type { RawResponse } from './raw.js';
import { ReplacedMethod } from './replaced-method.js';

const SETTERS = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'];

/** The headers of a response that are to be sent as they are: whoever sets one hears what Node says once they are sent. */
export class SealedHeaders {
  readonly #replaced: ReplacedMethod[];

  constructor(response: RawResponse) {
    const refuse = (): never => {
      throw headersAreSent();
    };
    // some of them came with later versions of Node
    this.#replaced = SETTERS.filter((key) => key in response).map((key) => new ReplacedMethod(response, key, refuse));
  }

  open(): void {
    for (const each of this.#replaced) each.restore();
  }
}

/** What Node throws, which frameworks know by its code. */
export function headersAreSent(): Error {
  const error = new Error('Cannot set headers after they are sent to the client');
  return Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' });
}
