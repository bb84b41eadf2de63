import type { Transport } from '../calls/transport.js';
import { missingOfRequest, rawRequestOf, rawResponseOf, type RawResponse } from './raw.js';
import { RequestCall } from './request-call.js';
import { lastCallOn, rememberResponse, tasksOfRequest } from './request.js';

/** Requests and responses of HTTP. */
export const httpTransport: Transport = {
  hint(context) {
    const missing = missingOfRequest(context.getArgByIndex(0));
    if (missing.length === 0) return '';
    return `; this request is a mock without ${missing.map((key) => `\`${key}\``).join(' and ')}`;
  },

  callFor(context, application) {
    const raw = rawRequestOf(context.getArgByIndex(0));
    if (raw === undefined) return undefined;
    rememberResponse(raw, rawResponseOf(context.getArgByIndex<RawResponse>(1)));
    return new RequestCall(raw, application);
  },

  tasksFor(context) {
    const raw = rawRequestOf(context.getArgByIndex(0));
    return raw && lastCallOn(raw)?.tasksForParameter();
  },

  tasksOfRequest(request, application) {
    const raw = rawRequestOf(request);
    return raw && tasksOfRequest(raw, application);
  },
};
