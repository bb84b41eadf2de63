import { contextOf } from './fake-context.js';
import { FakeRequest, FakeResponse } from './fake-exchange.js';

/** A request that carries an operation: `onExpress` and `onFastify` are the contexts that GraphQL servers make of it. */
export function operationByHttp() {
  const request = new FakeRequest();
  const response = new FakeResponse(request);
  // Express keeps its response on the request, and Fastify wraps them both
  Object.assign(request, { res: response });
  return { request, response, onExpress: { req: request }, onFastify: { req: { raw: request }, reply: {} } };
}

/** What a resolver of `resolvers` is called with: its parent, its arguments, `context`, and what is known of the field. */
export function resolverContext(context: unknown, resolvers?: object, operation = 'mutation') {
  return contextOf('graphql', [{}, { id: 1 }, context, { operation: { operation } }], resolvers);
}
