import type { RawResponse } from '../../batch/outcome.js';
import { batchOf } from '../request.js';
import { serveWith } from '../../calls/application.js';
import { backgroundAccessor } from '../response-background.js';
import type { RawRequest } from '../http-response.js';
import type { Preparation } from './preparation.js';

/** What this library uses of an Express application. */
export interface ExpressApplication {
  /** The prototypes of every request and response of this application, and of no other. */
  readonly request: object;
  readonly response: object;
  use(middleware: (request: RawRequest, response: RawResponse, next: () => void) => void): unknown;
  use(
    handler: (error: unknown, request: RawRequest, response: RawResponse, next: (error: unknown) => void) => void,
  ): unknown;
}

/** Gives the responses of `application` their `background`; costs a request nothing, unless it has to be the current one. */
export function prepareExpress(application: ExpressApplication, { runner, hasCurrentRequest }: Preparation): void {
  serveWith(application.request, runner);
  const accessor = backgroundAccessor((own: RawResponse) => batchOf(own.req, runner));
  Object.defineProperty(application.response, 'background', { ...accessor, configurable: true });
  if (!hasCurrentRequest) return;
  application.use((request, _response, next) => runner.currentRequest.enter(request, next));
  // a body that could not be read goes from its parser to the exception filters
  application.use((error: unknown, request: RawRequest, _response: RawResponse, next: (error: unknown) => void) =>
    runner.currentRequest.enter(request, () => next(error)),
  );
}
