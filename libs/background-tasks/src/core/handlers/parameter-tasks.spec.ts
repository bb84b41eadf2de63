import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { serveHandlers } from '../calls/shared-handlers.js';
import { serveRequests } from '../calls/shared-requests.js';
import { NoActiveRequestError } from '../errors/background-tasks.errors.js';
import { RequestCall } from '../http/request-call.js';
import { existingBatchOf, rememberResponse } from '../http/request.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { parameterTasksIn, tasksForParameter } from './parameter-tasks.js';

let runner: RecordingRunner;
let request: FakeRequest;
let response: FakeResponse;
let handlers: object;
let task: BackgroundTask;

beforeEach(() => {
  runner = new RecordingRunner();
  request = new FakeRequest();
  response = new FakeResponse(request);
  rememberResponse(request.raw, response.raw);
  handlers = class {};
  task = new BackgroundTask(() => undefined);
});

const tasksNow = (): BackgroundTasks => tasksForParameter(request.raw, request, handlers);
const batchIn = ({ application }: RecordingRunner) => existingBatchOf(request.raw, application);

describe('the tasks for a parameter', () => {
  it('make no batch before somebody adds to them', () => {
    serveHandlers(handlers, runner.application);
    const source = parameterTasksIn(tasksNow());
    expect(source?.isTaken).toBe(false);
    expect(source?.request).toBe(request);
    expect(batchIn(runner)).toBeUndefined();
  });

  it('are those of the call that takes them, in its application', () => {
    const other = new RecordingRunner();
    serveHandlers(handlers, other.application);
    const tasks = tasksNow();
    const source = parameterTasksIn(tasks);
    const call = new RequestCall(request.raw, runner.application);
    source?.take(call);
    expect(source?.isTaken).toBe(true);
    call.start();
    tasks.addTask(task);
    expectSame(batchIn(runner) ?? [], task);
    expect(batchIn(other)).toBeUndefined();
    call.end('errored');
    response.finish();
    expect(runner.settlements).toMatchObject([{ outcome: 'failure' }]);
  });

  it('are those of the request where a pipe adds to them before, and stay so', () => {
    serveHandlers(handlers, runner.application);
    const tasks = tasksNow();
    tasks.addTask(task);
    const call = new RequestCall(request.raw, runner.application);
    parameterTasksIn(tasks)?.take(call);
    call.start();
    const later = tasks.addTask(() => undefined);
    expectSame(batchIn(runner) ?? [], task, later);
    expectSame(tasks, task, later);
    response.finish();
    expect(runner.settlements).toEqual([]);
    call.end('errored');
    expect(runner.settlements).toMatchObject([{ outcome: 'failure' }]);
  });

  it('are those of the application whose server made the request, where a pipe adds to them and several have the handler', () => {
    const other = new RecordingRunner();
    for (const each of [runner, other]) serveHandlers(handlers, each.application);
    serveRequests(request, runner.application);
    tasksNow().addTask(task);
    expectSame(batchIn(runner) ?? [], task);
    expect(batchIn(other)).toBeUndefined();
  });

  it('are those of the last application that has the handler, where no server tells', () => {
    const other = new RecordingRunner();
    for (const each of [runner, other]) serveHandlers(handlers, each.application);
    serveRequests(request, new RecordingRunner().application);
    tasksNow().addTask(task);
    expectSame(batchIn(other) ?? [], task);
    expect(batchIn(runner)).toBeUndefined();
  });

  it('have options of their own', () => {
    const call = new RequestCall(request.raw, runner.application);
    const [one, other] = [tasksNow(), tasksNow()];
    for (const each of [one, other]) parameterTasksIn(each)?.take(call);
    expect([one.with({ name: 'mails' }).name, other.name]).toEqual(['mails', 'BackgroundTasks']);
  });

  it('refuse what is added where no application has the handler', () => {
    expect(() => tasksNow().addTask(task)).toThrow(NoActiveRequestError);
    expect(() => tasksNow().addTask(task)).toThrow('BackgroundTasksModule is not imported');
  });
});

describe('parameterTasksIn', () => {
  it.each<[string, () => unknown]>([
    ['no object', () => 'text'],
    ['nothing', () => undefined],
    ['what only looks like tasks', () => ({ addTask: () => undefined })],
    ['tasks that somebody has made', () => new BackgroundTasks()],
    ['tasks of a call', () => new RequestCall(request.raw, runner.application).newTasks()],
  ])('knows none in %s', (_, make) => {
    expect(parameterTasksIn(make())).toBeUndefined();
  });
});
