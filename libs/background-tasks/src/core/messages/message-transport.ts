import type { ExecutionContext } from '@nestjs/common';
import { type Application, applicationOfHandlers } from '../calls/application.js';
import { OwnCall } from '../calls/own-call.js';
import type { Transport } from '../calls/transport.js';

/**
 * Messages of microservices and gateways.
 *
 * Nothing stands for one from its arrival to its end: what Nest calls the request is the socket of a gateway, or a
 * context that several handlers share. So the call of the handler is all there is.
 */
export const messageTransport: Transport = {
  isAmbient: true,

  callFor(context) {
    const application = applicationOf(context);
    return application && new OwnCall(application);
  },

  tasksFor(context) {
    return applicationOf(context)?.currentCall.call?.tasksForParameter();
  },
};

function applicationOf(context: ExecutionContext): Application | undefined {
  return applicationOfHandlers(context.getClass());
}
