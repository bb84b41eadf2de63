import { applicationOfRequest, serveRequests } from '../../calls/shared-requests.js';
import type { RawResponse } from '../raw.js';
import { tasksOfResponse } from '../request.js';
import { backgroundAccessor } from '../response-background.js';
import { enterAtEveryLayer, type ExpressRouter } from './express-layers.js';
import type { Preparation } from './preparation.js';

/** What this library uses of an Express application. */
export interface ExpressApplication {
  /** The prototypes of every request and response of this application, and of no other. */
  readonly request: object;
  readonly response: object;
  readonly router: ExpressRouter;
}

/** Gives the responses of `express` their `background`; costs a request nothing, unless it has to be the current one. */
export function prepareExpress(express: ExpressApplication, { application, hasDefaultScope }: Preparation): void {
  serveRequests(express.request, application);
  const accessor = backgroundAccessor(({ req: request }: RawResponse) =>
    tasksOfResponse(request, applicationOfRequest(request) ?? application),
  );
  Object.defineProperty(express.response, 'background', { ...accessor, configurable: true });
  if (hasDefaultScope) enterAtEveryLayer(express.router);
}
