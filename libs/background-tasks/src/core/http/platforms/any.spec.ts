import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import { type Application, applicationOfRequest } from '../../calls/application.js';
import { servedRequest, tasksOfRequest } from '../request.js';
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
    const next = jest.fn(() => applicationOfRequest(request));
    passOn(next);
    expect(next.mock.results).toMatchObject([{ value: application }]);
  });

  it('tells a request its response', () => {
    passOn(() => tasksOfRequest(request.raw, application).addTask(() => undefined));
    response.finish();
    expect(runner.settlements).toEqual([{ outcome: 'success', aborted: false }]);
  });

  it(`makes the request ${hasDefaultScope ? 'the' : 'no'} current one`, () => {
    const next = jest.fn(() => application.currentCall.served);
    passOn(next);
    const value = hasDefaultScope ? servedRequest(request.raw, application) : undefined;
    expect(next.mock.results).toEqual([{ type: 'return', value }]);
  });
});
