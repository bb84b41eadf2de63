import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { operationByHttp, resolverContext } from '../../../../../test/harness/fake-operation.js';
import type { Application } from '../calls/application.js';
import { OwnCall } from '../calls/own-call.js';
import { serveHandlers } from '../calls/shared-handlers.js';
import { batchOf, ServedRequest } from '../http/request.js';
import { BackgroundTasks, groupOf } from '../tasks/background-tasks.js';
import { graphqlTransport } from './graphql-transport.js';
import { ResolverCall } from './resolver-call.js';

function send(): void {}

class Resolver {}
class NobodysResolver {}

let runner: RecordingRunner;
let application: Application;
let operation: ReturnType<typeof operationByHttp>;

/** The context of an operation that came through a WebSocket. */
const bySocket = { extra: {} };

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
  operation = operationByHttp();
  serveHandlers(Resolver, application);
});

const callFor = (...about: Parameters<typeof resolverContext>) =>
  graphqlTransport.callFor(resolverContext(...about), application);
const tasksFor = (...about: Parameters<typeof resolverContext>) => graphqlTransport.tasksFor(resolverContext(...about));

describe('the transport of GraphQL', () => {
  it('says what a subscription needs, where a resolver of a field has no tasks', () => {
    expect(graphqlTransport.hint?.(resolverContext(bySocket))).toBe(
      "; where it resolves a field of a subscription's events, GraphQLModule needs " +
        "`fieldResolverEnhancers: ['interceptors']`",
    );
  });
});

describe('the call for a resolver', () => {
  it('shares the batch of the request that will carry its result', () => {
    const call = callFor(operation.onFastify, Resolver);
    expect(call).toBeInstanceOf(ResolverCall);
    expect(call?.batch).toBe(batchOf(operation.request.raw, application));
  });

  it.each<[string, () => Parameters<typeof resolverContext>]>([
    ['no such request', () => [bySocket, Resolver]],
    ['an event of a subscription', () => [operation.onExpress, Resolver, 'subscription']],
  ])('has a batch of its own where there is %s', (_, about) => {
    const call = callFor(...about());
    expect(call).toBeInstanceOf(OwnCall);
    call?.newTasks().addTask(send);
    expectSame(
      runner.accepted.map((entry) => entry.batch),
      call?.batch,
    );
  });
});

describe('the tasks for a parameter of a resolver', () => {
  it('go to the batch of the request, added by the resolver within which that is done', () => {
    const call = new ResolverCall(operation.request.raw, application);
    const tasks = tasksFor(operation.onExpress, Resolver);
    const added = [call.within(() => tasks?.addTask(send)), tasks?.addTask(send)];
    expectSame(batchOf(operation.request.raw, application), ...added);
    expectSame(
      runner.accepted.map((entry) => entry.call),
      call,
      undefined,
    );
  });

  it.each<[string, () => Parameters<typeof resolverContext>]>([
    ['no such request', () => [bySocket, Resolver]],
    ['an event of a subscription', () => [operation.onExpress, Resolver, 'subscription']],
  ])('are those of the current call where there is %s', (_, about) => {
    const call = new OwnCall(application);
    const task = call.within(() => tasksFor(...about())?.addTask(send));
    expectSame(call.batch, task);
    expect(tasksFor(...about())).toBeUndefined();
  });

  it('are what a test has put in the place of all tasks', () => {
    const mock = new BackgroundTasks();
    application.tasksForParameters = mock;
    expect(tasksFor(operation.onExpress, Resolver)).toBe(mock);
    expect(new OwnCall(application).within(() => tasksFor(bySocket, Resolver))).toBe(mock);
  });

  it('are none where no application is known', () => {
    new OwnCall(application).within(() => {
      expect(tasksFor(operation.onExpress, NobodysResolver)).toBeUndefined();
    });
    expect(tasksFor(bySocket, NobodysResolver)).toBeUndefined();
  });

  it('are those of the resolver that is followed, whichever application has its class', () => {
    const other = new RecordingRunner();
    const call = new ResolverCall(operation.request.raw, other.application);
    const task = call.within(() => tasksFor(operation.onExpress, Resolver)?.addTask(send));
    expectSame(call.batch, task);
    expect(runner.accepted).toEqual([]);
  });
});

describe('the tasks to inject for the context of an operation', () => {
  const injected = (context: unknown) => graphqlTransport.tasksOfRequest?.(context, application) as BackgroundTasks;

  it('are those of the request, outside of its resolvers', () => {
    const tasks = injected(operation.onExpress);
    expect(groupOf(tasks)).toBe(ServedRequest.of(operation.request.raw, application).group);
    const task = tasks.addTask(send);
    expectSame(batchOf(operation.request.raw, application), task);
  });

  it('are those of the resolver that uses them', () => {
    const tasks = injected(operation.onFastify);
    const [one, other] = [1, 2].map(() => new ResolverCall(operation.request.raw, application));
    one?.within(() => expect(groupOf(tasks)).toBe(one.group));
    other?.within(() => tasks.addTask(send));
    expectSame(
      runner.accepted.flatMap((entry) => [entry.call, entry.group]),
      other,
      other?.group,
    );
  });

  it('are not those of a call with another batch', () => {
    const tasks = injected(operation.onExpress);
    const call = new OwnCall(application);
    const task = call.within(() => tasks.addTask(send));
    expect([...call.batch]).toEqual([]);
    expectSame(batchOf(operation.request.raw, application), task);
  });

  it.each([bySocket, undefined])('are none for %p', (context) => {
    expect(injected(context)).toBeUndefined();
  });
});
