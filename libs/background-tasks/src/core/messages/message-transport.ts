import { innermostCall } from '../calls/current-call.js';
import { OwnCall } from '../calls/own-call.js';
import type { Transport } from '../calls/transport.js';
import { sourceOfMessage } from './message-source.js';

/**
 * Messages of microservices and gateways.
 *
 * Nothing stands for one from its arrival to its end: what Nest calls the request is the socket of a gateway, or a
 * context that several handlers share. So the call of the handler is all there is.
 */
export const messageTransport: Transport = {
  callFor: (_, application) => new OwnCall(application, sourceOfMessage),

  /** One that nobody follows may be called within a call of another application, whose tasks are none of its own. */
  tasksFor(context) {
    const call = innermostCall();
    return call?.handler?.getClass() === context.getClass() ? call.tasksForParameter() : undefined;
  },
};
