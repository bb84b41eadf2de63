import { ServiceUnavailableException } from '@nestjs/common';
import { quoted } from './wording.js';

/**
 * What the client is told where the durable tasks of its response could not be stored: 503.
 *
 * It is a `ServiceUnavailableException`. Where the handler was still followed, it passes the exception filters; where a
 * response that was on its way is replaced, it does not. Its `cause` is what the engine said.
 */
export class DurableStoreError extends ServiceUnavailableException {
  override readonly name = 'DurableStoreError';

  constructor(taskNames: readonly string[], options: { readonly cause: unknown }) {
    const what = taskNames.length === 0 ? '' : ` ${quoted(taskNames)}`;
    super(`Cannot store the background tasks${what} of this response. Nothing of it was done: try again.`, {
      ...options,
      // Nest 11 has none where there are options
      description: 'Service Unavailable',
    });
  }
}
