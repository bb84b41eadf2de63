import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../../test/harness/expect-same.js';
import { RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import { FakeExpress } from '../../../../../../test/harness/fake-platforms.js';
import { type Application, applicationOfRequest } from '../../calls/application.js';
import { BackgroundTask } from '../../tasks/background-task.js';
import { batchOf, existingBatchOf, ServedRequest } from '../request.js';
import { prepareExpress } from './express.js';

let runner: RecordingRunner;
let application: Application;
let express: FakeExpress;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
  express = new FakeExpress();
});

const prepare = (hasDefaultScope = false): void => prepareExpress(express, { application, hasDefaultScope });
const task = (): BackgroundTask => new BackgroundTask(() => undefined);

describe('Express, prepared,', () => {
  it('tells each of its requests the application, and no request of another one', () => {
    const other = new FakeExpress();
    prepare();
    expect(applicationOfRequest(express.exchange().request)).toBe(application);
    expect(applicationOfRequest(other.exchange().request)).toBeUndefined();
  });

  it('gives each of its responses their `background`', () => {
    prepare();
    const [{ request, response }, other] = [express.exchange(), express.exchange()];
    expect(response.background).toBeUndefined();
    const attached = task();
    response.background = attached;
    expect(response.background).toBe(attached);
    expectSame(batchOf(request.raw, application), attached);
    expect(existingBatchOf(other.request.raw)).toBeUndefined();
  });

  it('can be prepared once more, for another application', () => {
    prepare();
    ({ application } = new RecordingRunner());
    prepare();
    const { request, response } = express.exchange();
    expect(applicationOfRequest(request)).toBe(application);
    response.background = task();
    expect(runner.accepted).toEqual([]);
  });

  it('puts nothing in the way of a request', () => {
    prepare();
    expect(express.handlers).toEqual([]);
  });
});

describe('Express, prepared for Scope.DEFAULT,', () => {
  beforeEach(() => prepare(true));

  it('makes each request the current one, for all middleware after it', () => {
    const exchange = express.exchange();
    const seen: unknown[] = [];
    express.handle(exchange, () => void seen.push(application.currentCall.served?.group));
    expectSame(seen, new ServedRequest(exchange.request.raw, application).group);
  });

  it('does so, too, where a body could not be read, and passes on the error', () => {
    const exchange = express.exchange();
    const seen: unknown[] = [];
    const error = new SyntaxError('no JSON');
    express.handle(exchange, (passedOn) => void seen.push(passedOn, application.currentCall.served?.group), error);
    expectSame(seen, error, new ServedRequest(exchange.request.raw, application).group);
  });

  it('has one middleware and one handler of errors, which Express tells apart by their parameters', () => {
    expect(express.handlers.map(({ length }) => length)).toEqual([3, 4]);
  });
});
