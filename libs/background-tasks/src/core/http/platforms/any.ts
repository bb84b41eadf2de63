import type { RawResponse } from '../../batch/outcome.js';
import { rememberResponse } from '../request.js';
import { serveWith } from '../../calls/application.js';
import type { RawRequest } from '../http-response.js';
import type { Preparation } from './preparation.js';

/** Middleware that tells a request, on a platform of which nothing is known, its runner and its response. */
export function middlewareForAny({ runner, hasCurrentRequest }: Preparation) {
  return (request: RawRequest, response: RawResponse, next: () => void): void => {
    serveWith(request, runner);
    rememberResponse(request, response);
    if (!hasCurrentRequest) next();
    else runner.currentRequest.enter(request, next);
  };
}
