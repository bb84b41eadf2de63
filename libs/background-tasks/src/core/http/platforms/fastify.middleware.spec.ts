import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../../test/harness/expect-same.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import type { Attachable } from '../../../../../../test/harness/fake-platforms.js';
import type { Application } from '../../calls/application.js';
import { BackgroundTask } from '../../tasks/background-task.js';
import { batchOf, ServedRequest, tasksOfRequest } from '../request.js';
import { fastifyMiddleware } from './fastify.js';

let runner: RecordingRunner;
let application: Application;

const task = (name = 'a'): BackgroundTask => new BackgroundTask(() => undefined).with({ name });
const addByRequest = (request: FakeRequest): unknown => tasksOfRequest(request.raw, application).addTask(task());
const succeeded = [{ outcome: 'success', aborted: false }];

/** The names of the tasks that it has in the application that is prepared last. */
const namesOf = (request: FakeRequest): string[] => [...batchOf(request.raw, application)].map(({ name }) => name);

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
});

describe.each([false, true])('middleware on Fastify, with Scope.DEFAULT %p,', (hasDefaultScope) => {
  let request: FakeRequest;
  let response: FakeResponse & Attachable;

  beforeEach(() => {
    request = new FakeRequest();
    response = new FakeResponse(request);
  });

  const passOn = (next: () => void = () => undefined): void =>
    fastifyMiddleware({ application, hasDefaultScope })(request.raw, response.raw, next);

  it('meets the response, for middleware after it that adds a task by the request and answers', () => {
    passOn(() => {
      addByRequest(request);
      response.finish();
    });
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('gives the response its `background`', () => {
    passOn(() => {
      expect(response.background).toBeUndefined();
      response.background = task();
      response.background = task('b');
      response.finish();
    });
    expect(namesOf(request)).toEqual(['a', 'b']);
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('can give it once more, for another application', () => {
    passOn();
    ({ application } = new RecordingRunner());
    passOn();
    response.background = task();
    expect(runner.accepted).toEqual([]);
    expect(namesOf(request)).toEqual(['a']);
  });

  it('takes over what was assigned to it before', () => {
    const assigned = task();
    response.background = assigned;
    passOn();
    expect(response.background).toBe(assigned);
    expect(namesOf(request)).toEqual(['a']);
  });

  it(`makes the request ${hasDefaultScope ? 'the' : 'no'} current one`, () => {
    const seen: unknown[] = [];
    passOn(() => void seen.push(application.currentCall.served?.group));
    expectSame(seen, hasDefaultScope ? ServedRequest.of(request.raw, application).group : undefined);
  });
});
