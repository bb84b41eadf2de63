import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../../test/harness/expect-same.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import type { Application } from '../../calls/application.js';
import { applicationOfRequest } from '../../calls/shared-requests.js';
import { ServedRequest, tasksOfRequest } from '../request.js';
import { middlewareForAny } from './any.js';

let runner: RecordingRunner;
let application: Application;
let request: FakeRequest;
let response: FakeResponse;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
  request = new FakeRequest();
  response = new FakeResponse(request);
});

describe.each([false, true])('middleware for any platform, with Scope.DEFAULT %p,', (hasDefaultScope) => {
  const passOn = (next: () => void): void =>
    middlewareForAny({ application, hasDefaultScope })(request.raw, response.raw, next);

  it('tells a request its application before it passes it on', () => {
    const told: unknown[] = [];
    passOn(() => void told.push(applicationOfRequest(request)));
    expectSame(told, application);
  });

  it('tells a request its response', () => {
    passOn(() => tasksOfRequest(request.raw, application).addTask(() => undefined));
    response.finish();
    expect(runner.settlements).toMatchObject([{ outcome: 'success', aborted: false }]);
  });

  it(`makes the request ${hasDefaultScope ? 'the' : 'no'} current one`, () => {
    const seen: unknown[] = [];
    passOn(() => void seen.push(application.currentCall.served?.group));
    expectSame(seen, hasDefaultScope ? ServedRequest.of(request.raw, application).group : undefined);
  });
});
