import { beforeEach, describe, expect, it } from '@jest/globals';
import { Body, createParamDecorator, type ExecutionContext, Get } from '@nestjs/common';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Application } from '../calls/application.js';
import { OwnCall } from '../calls/own-call.js';
import { NoActiveRequestError } from '../errors/background-tasks.errors.js';
import { RequestCall } from '../http/request-call.js';
import { rememberResponse } from '../http/request.js';
import { type HandlerClass, parametersOf, parameterTypesOf } from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { isTasksParameter, Tasks } from './tasks.decorator.js';

const Own = createParamDecorator(() => new BackgroundTasks());
const symbol = Symbol('handler');

/** A new class each time: what is written about a class stays there. */
function site() {
  class Site {
    @Get()
    handler(@Body() _body: string, @Tasks() _tasks: BackgroundTasks): void {}

    @Get()
    others(@Body() _body: string, @Own() _own: BackgroundTasks): void {}

    @Get()
    [symbol](@Tasks() _tasks: BackgroundTasks): void {}
  }
  return Site;
}

let Site: HandlerClass;

beforeEach(() => {
  Site = site();
});

const factoriesOf = (key: string | symbol): unknown[] => parametersOf(Site, key).map(({ factory }) => factory);

describe('isTasksParameter', () => {
  it('is true of what makes the value of a parameter with @Tasks()', () => {
    expect(factoriesOf('handler').filter(isTasksParameter)).toHaveLength(1);
    expect(factoriesOf(symbol).map(isTasksParameter)).toEqual([true]);
  });

  it('is false of any other, and of none', () => {
    expect(factoriesOf('others').map(isTasksParameter)).toEqual([false, false]);
  });
});

describe('@Tasks()', () => {
  it('decorates its parameter, and no other', () => {
    const [tasks, ...rest] = parametersOf(Site, 'handler').filter(({ factory }) => isTasksParameter(factory));
    expect(tasks).toMatchObject({ index: 1, pipes: [] });
    expect(rest).toEqual([]);
  });

  it('hides the type of its parameter from pipes, and of no other', () => {
    expect(parameterTypesOf(Site, 'handler')).toEqual([String, Object]);
    expect(parameterTypesOf(Site, 'others')).toEqual([String, BackgroundTasks]);
  });

  it('cannot stand in a constructor', () => {
    expect(() => {
      class Service {
        constructor(@Tasks() readonly tasks: BackgroundTasks) {}
      }
      return Service;
    }).toThrow(
      new TypeError(
        'Cannot use @Tasks() in the constructor of `Service`: it is for parameters of handlers. There, ' +
          '`private readonly tasks: BackgroundTasks` needs no decorator.',
      ),
    );
  });
});

describe('the value of a parameter with @Tasks()', () => {
  let application: Application;

  beforeEach(() => {
    ({ application } = new RecordingRunner());
  });

  /** For a call of the handler that was brought by `type`. */
  function tasksFor(type: string, handlers: object = Site, ...args: unknown[]): BackgroundTasks | undefined {
    const [make] = factoriesOf(symbol) as Array<(data: undefined, context: ExecutionContext) => BackgroundTasks>;
    return make?.(undefined, {
      getType: () => type,
      getClass: () => handlers,
      getHandler: () => Reflect.get(Site.prototype, 'handler') as object,
      getArgs: () => args,
      getArgByIndex: (index: number) => args[index],
    } as unknown as ExecutionContext);
  }

  /** A call of a handler of `handlers`. */
  function callOf(handlers: HandlerClass): OwnCall {
    const call = new OwnCall(application);
    call.handler = { getClass: () => handlers, getHandler: () => handlers };
    return call;
  }

  it('is the tasks of the request, while its handler is followed', () => {
    const request = new FakeRequest();
    rememberResponse(request.raw, new FakeResponse(request).raw);
    const call = new RequestCall(request.raw, application);
    call.start();
    const tasks = tasksFor('http', Site, request);
    tasks?.addTask(() => undefined);
    expect(tasks).toBeInstanceOf(BackgroundTasks);
    expect(call.batch.size).toBe(1);
  });

  it.each(['rpc', 'ws', 'telegram'])('is the tasks of the call, when that was brought by %s', (type) => {
    const call = callOf(Site);
    call.within(() => tasksFor(type))?.addTask(() => undefined);
    expect(call.batch.size).toBe(1);
  });

  it('is what a test has put in the place of all tasks', () => {
    const request = new FakeRequest();
    rememberResponse(request.raw, new FakeResponse(request).raw);
    new RequestCall(request.raw, application).start();
    const mock = new BackgroundTasks();
    application.tasksForParameters = mock;
    expect(tasksFor('http', Site, request)).toBe(mock);
    expect(callOf(Site).within(() => tasksFor('rpc'))).toBe(mock);
    expect(new OwnCall(application).newTasks()).not.toBe(mock);
  });

  it('has options of its own', () => {
    const call = callOf(Site);
    const [one, other] = [call.within(() => tasksFor('rpc')), call.within(() => tasksFor('rpc'))];
    one?.with({ name: 'one' });
    expect(other?.name).toBe('BackgroundTasks');
  });

  const cannot =
    'Cannot add the background task `Site.handler`: its BackgroundTasks parameter has no HTTP request to belong to, ' +
    'or BackgroundTasksModule is not imported';

  it.each(['http', 'rpc', 'ws', 'telegram'])('is refused where %s brings nothing that they could belong to', (type) => {
    expect(() => tasksFor(type)).toThrow(NoActiveRequestError);
    expect(() => tasksFor(type)).toThrow(`${cannot}. Outside`);
  });

  it('is refused where the module is not imported', () => {
    const call = new OwnCall(application);
    class Unserved {}
    expect(() => call.within(() => tasksFor('rpc', Unserved))).toThrow('`Unserved.handler`');
  });

  it('is refused in a resolver with a hint at the fields of events', () => {
    expect(() => tasksFor('graphql')).toThrow(
      `${cannot}; where it resolves a field of a subscription's events, GraphQLModule needs ` +
        "`fieldResolverEnhancers: ['interceptors']`. Outside",
    );
  });
});
