import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { fakeExchange, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { Batch } from './batch.js';

let runner: RecordingRunner;
let batch: Batch;
let response: FakeResponse;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ batch, response } = fakeExchange(runner));
});

const task = (name: string): BackgroundTask => new BackgroundTask(() => undefined).with({ name });
const add = (name: string): BackgroundTask => runner.tasksOn(batch).addTask(task(name));

function handlerAtWork(): FakeCall {
  const handler = new FakeCall(batch);
  batch.settling.follow(handler);
  return handler;
}

describe('Batch with a handler', () => {
  it('has the handler at work until that has ended', () => {
    expect([...batch.settling.atWork]).toEqual([]);
    const handler = handlerAtWork();
    expect([...batch.settling.atWork]).toEqual([handler]);
    handler.end('completed');
    expect([...batch.settling.atWork]).toEqual([]);
  });

  it('is in it once, however often it is told', () => {
    const handler = handlerAtWork();
    batch.settling.follow(handler);
    expect([...batch.settling.atWork]).toEqual([handler]);
  });

  it('waits for the handler when the response is over first', () => {
    const handler = handlerAtWork();
    add('a');
    response.finish();
    expect([runner.settlements, runner.runs]).toEqual([[], 0]);
    handler.end('errored');
    expect(runner.settlements).toMatchObject([{ outcome: 'failure', aborted: false }]);
    expect(runner.runs).toBe(1);
  });

  it('waits for the response when the handler ends first', () => {
    const handler = handlerAtWork();
    add('a');
    handler.end('completed');
    expect(runner.runs).toBe(0);
    response.statusCode = 404;
    response.finish();
    expect(runner.settlements).toMatchObject([{ outcome: 'success', aborted: false }]);
  });

  it('takes the status for the outcome where nobody saw the handler', () => {
    add('a');
    response.statusCode = 404;
    response.finish();
    expect(runner.settlements).toMatchObject([{ outcome: 'failure', aborted: false }]);
  });

  it('waits again for a handler that begins after the response was over', () => {
    add('a');
    response.finish();
    const handler = handlerAtWork();
    expect(batch.take()).toBeUndefined();
    handler.end('completed');
    expect(runner.runs).toBe(2);
    expect(batch.take()).toMatchObject({ index: 0, outcome: 'success' });
  });

  it('stays settled when it is told of a handler that has ended', () => {
    add('a');
    response.finish();
    const handler = new FakeCall(batch);
    handler.end('completed');
    batch.settling.follow(handler);
    expect(batch.take()).toMatchObject({ index: 0 });
  });

  it('settles without a response never', () => {
    batch = new Batch(runner);
    const handler = handlerAtWork();
    add('a');
    handler.end('completed');
    expect(runner.runs).toBe(0);
  });
});

describe('Batch.isStreaming', () => {
  it.each([
    ['before its response has begun', { headersSent: false, writableEnded: false }, false],
    ['while its response goes on', { headersSent: true, writableEnded: false }, true],
    ['when its response has been written', { headersSent: true, writableEnded: true }, false],
  ])('%s: %j is %s', (_, state, isStreaming) => {
    Object.assign(response, state);
    expect(batch.settling.isStreaming).toBe(isStreaming);
  });

  it('is false without a response, and once the batch has settled', () => {
    expect(new Batch(runner).settling.isStreaming).toBe(false);
    add('a');
    response.headersSent = true;
    response.finish();
    expect(batch.settling.isStreaming).toBe(false);
  });
});
