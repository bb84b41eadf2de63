import { beforeEach, describe, expect, it } from '@jest/globals';
import { contextOf } from '../../../../../test/harness/fake-context.js';
import { FakeRequest } from '../../../../../test/harness/fake-exchange.js';
import { operationByHttp, resolverContext } from '../../../../../test/harness/fake-operation.js';
import { Application } from '../calls/application.js';
import { serveHandlers } from '../calls/shared-handlers.js';
import { serveRequests } from '../calls/shared-requests.js';
import { applicationOfResolver, requestOfOperation, requestOfResolver } from './operation.js';

let operation: ReturnType<typeof operationByHttp>;

beforeEach(() => {
  operation = operationByHttp();
});

describe('the request of an operation', () => {
  it("is Node's own, on Express and on Fastify", () => {
    expect(requestOfOperation(operation.onExpress)).toBe(operation.request);
    expect(requestOfOperation(operation.onFastify)).toBe(operation.request);
  });

  it('is none where it became a WebSocket', () => {
    Object.assign(operation.request, { upgrade: true });
    expect(requestOfOperation(operation.onExpress)).toBeUndefined();
  });

  it('is none where no response is known', () => {
    expect(requestOfOperation({ req: new FakeRequest() })).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    'context',
    {},
    { req: undefined },
    { req: null },
    { req: 'GET' },
    { req: {} },
    { request: new FakeRequest() },
  ])('is none in the context %p', (context) => {
    expect(requestOfOperation(context)).toBeUndefined();
  });

  it('is not looked for in a context that is a function', () => {
    expect(requestOfOperation(Object.assign(() => undefined, operation.onExpress))).toBeUndefined();
  });
});

describe('the request of a resolver', () => {
  it('is that of its operation', () => {
    expect(requestOfResolver(resolverContext(operation.onExpress))).toBe(operation.request);
  });

  it.each<[string, (context: unknown) => unknown[]]>([
    ['a reference to resolve, and no arguments', (context) => [{ __typename: 'User' }, context, {}]],
    ['no parent', (context) => [context, {}]],
    ['nothing to tell of the field', (context) => [{}, {}, context, undefined]],
    ['a field of no operation', (context) => [{}, {}, context, { operation: undefined }]],
    ['a query', (context) => [{}, {}, context, { operation: { operation: 'query' } }]],
  ])('is that of its operation for one with %s', (_, argsWith) => {
    expect(requestOfResolver(contextOf('graphql', argsWith(operation.onFastify)))).toBe(operation.request);
  });

  it('is none for an event of a subscription: that request has been answered long ago', () => {
    expect(requestOfResolver(resolverContext(operation.onExpress, undefined, 'subscription'))).toBeUndefined();
  });

  it('is none for one that is called with nothing', () => {
    expect(requestOfResolver(contextOf('graphql', []))).toBeUndefined();
  });
});

describe('the application of a resolver', () => {
  class Resolver {}

  let ofRequest: Application;
  let ofResolver: Application;

  beforeEach(() => {
    [ofRequest, ofResolver] = [new Application(), new Application()];
    serveHandlers(Resolver, ofResolver);
  });

  it.each<[string, (handedOut: object) => object]>([
    ['as its platform hands it out', (handedOut) => handedOut],
    ["that is Node's own", () => operation.request],
  ])('is the one that serves the request %s', (_, whereKept) => {
    serveRequests(whereKept(operation.onFastify.req), ofRequest);
    expect(applicationOfResolver(resolverContext(operation.onFastify, Resolver))).toBe(ofRequest);
  });

  it('is that of the request also for an event of a subscription', () => {
    serveRequests(operation.request, ofRequest);
    expect(applicationOfResolver(resolverContext(operation.onExpress, Resolver, 'subscription'))).toBe(ofRequest);
  });

  it('is the one that has the class where no application serves the request', () => {
    expect(applicationOfResolver(resolverContext(operation.onExpress, Resolver))).toBe(ofResolver);
  });

  it.each([{}, { req: null }, { req: {} }, undefined])('is the one that has the class in the context %p', (context) => {
    expect(applicationOfResolver(resolverContext(context, Resolver))).toBe(ofResolver);
  });

  it('is none of what is no request', () => {
    const stranger = {};
    serveRequests(stranger, ofRequest);
    expect(applicationOfResolver(resolverContext({ req: stranger }, Resolver))).toBe(ofResolver);
  });

  it('is none where nobody serves either', () => {
    expect(applicationOfResolver(resolverContext(operation.onExpress))).toBeUndefined();
  });
});
