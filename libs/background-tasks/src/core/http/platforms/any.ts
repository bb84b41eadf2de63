import { serveRequests } from '../../calls/shared-requests.js';
import type { RawRequest, RawResponse } from '../raw.js';
import { rememberResponse, ServedRequest } from '../request.js';
import type { Preparation } from './preparation.js';

/** Middleware that tells a request, on a platform of which nothing is known, its application and its response. */
export function middlewareForAny({ application, hasDefaultScope }: Preparation) {
  return (request: RawRequest, response: RawResponse, next: () => void): void => {
    serveRequests(request, application);
    rememberResponse(request, response);
    if (hasDefaultScope) ServedRequest.enter(request, application, next);
    else next();
  };
}
