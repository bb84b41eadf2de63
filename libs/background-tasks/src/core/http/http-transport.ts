import { applicationOfRequest, type MaybeServed } from '../calls/application.js';
import type { Transport } from '../calls/transport.js';
import { rawRequestOf, rawResponseOf, type RawResponse } from './raw.js';
import { RequestCall } from './request-call.js';
import { lastCallOn, rememberResponse, tasksOfRequest } from './request.js';

/** Requests and responses of HTTP. */
export const httpTransport: Transport = {
  isAmbient: false,

  callFor(context) {
    const request = context.getArgByIndex<MaybeServed>(0);
    const raw = rawRequestOf(request);
    if (raw === undefined) return undefined;
    // a platform keeps it where its middleware can: on what it hands out, or on Node's own
    const application = applicationOfRequest(request) ?? applicationOfRequest(raw);
    if (application === undefined) return undefined;
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
