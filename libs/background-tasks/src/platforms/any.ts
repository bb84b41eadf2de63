import type { RawResponse } from '../outcome.js';
import { rememberResponse } from '../request-batch.js';
import { serveWith } from '../request-runner.js';
import type { RawRequest } from '../response-end.js';
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
