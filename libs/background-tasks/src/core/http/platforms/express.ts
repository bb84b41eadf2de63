import { serveRequests } from '../../calls/application.js';
import type { RawRequest, RawResponse } from '../raw.js';
import { ServedRequest, tasksOfRequest } from '../request.js';
import { backgroundAccessor } from '../response-background.js';
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

/** Gives the responses of `express` their `background`; costs a request nothing, unless it has to be the current one. */
export function prepareExpress(express: ExpressApplication, { application, hasDefaultScope }: Preparation): void {
  serveRequests(express.request, application);
  const accessor = backgroundAccessor((own: RawResponse) => tasksOfRequest(own.req, application));
  Object.defineProperty(express.response, 'background', { ...accessor, configurable: true });
  if (!hasDefaultScope) return;
  express.use((request, _response, next) => ServedRequest.enter(request, application, next));
  // a body that could not be read goes from its parser to the exception filters
  express.use((error: unknown, request: RawRequest, _response: RawResponse, next: (error: unknown) => void) =>
    ServedRequest.enter(request, application, () => next(error)),
  );
}
