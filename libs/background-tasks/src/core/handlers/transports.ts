import type { ExecutionContext } from '@nestjs/common';
import type { Transport } from '../calls/transport.js';
import { graphqlTransport } from '../graphql/graphql-transport.js';
import { httpTransport } from '../http/http-transport.js';
import { messageTransport } from '../messages/message-transport.js';

/** What can bring a call to a handler, by the type that Nest gives its context. */
export const TRANSPORTS: Readonly<Record<string, Transport>> = {
  http: httpTransport,
  rpc: messageTransport,
  ws: messageTransport,
  graphql: graphqlTransport,
};

/** What brought the call that `context` is about, if it is known. */
export function transportOf(context: ExecutionContext): Transport | undefined {
  return TRANSPORTS[context.getType<string>()];
}
