import { beforeEach, describe, expect, it } from '@jest/globals';
import { fakeExchange, FakeResponse, RecordingRunner } from '../../../test/harness/fake-exchange.js';
import { BackgroundTask } from './background-task.js';
import { BackgroundTasks } from './background-tasks.js';
import { Batch, type HandlerAtWork } from './batch.js';
import type { HandlerState } from './outcome.js';

let runner: RecordingRunner;
let batch: Batch;
let response: FakeResponse;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ batch, response } = fakeExchange(runner));
});

const task = (name: string): BackgroundTask => new BackgroundTask(() => undefined).with({ name });
const add = (name: string): BackgroundTask => BackgroundTasks.on(batch).addTask(task(name));

/** The call of a handler that a test ends. */
class FakeCall implements HandlerAtWork {
  state: HandlerState = 'running';
  readonly batch = batch;
  readonly existingBatch: Batch = batch;

  end(state: HandlerState): void {
    this.state = state;
    batch.handlerEnded(this);
  }
}

function handlerAtWork(): FakeCall {
  const handler = new FakeCall();
  batch.handledBy(handler);
  return handler;
}

describe('Batch with a handler', () => {
  it('is in the handler until that has ended', () => {
    expect([[...batch.handlersAtWork], batch.isInHandler]).toEqual([[], false]);
    const handler = handlerAtWork();
    expect([[...batch.handlersAtWork], batch.isInHandler]).toEqual([[handler], true]);
    handler.end('completed');
    expect([[...batch.handlersAtWork], batch.isInHandler]).toEqual([[], false]);
  });

  it('is in it once, however often it is told', () => {
    const handler = handlerAtWork();
    batch.handledBy(handler);
    expect([...batch.handlersAtWork]).toEqual([handler]);
  });

  it('waits for the handler when the response is over first', () => {
    const handler = handlerAtWork();
    add('a');
    response.finish();
    expect([runner.settlements, runner.runs]).toEqual([[], 0]);
    handler.end('errored');
    expect(runner.settlements).toEqual([{ outcome: 'failure', aborted: false }]);
    expect(runner.runs).toBe(1);
  });

  it('waits for the response when the handler ends first', () => {
    const handler = handlerAtWork();
    add('a');
    handler.end('completed');
    expect(runner.runs).toBe(0);
    response.statusCode = 404;
    response.finish();
    expect(runner.settlements).toEqual([{ outcome: 'success', aborted: false }]);
  });

  it('takes the status for the outcome where nobody saw the handler', () => {
    add('a');
    response.statusCode = 404;
    response.finish();
    expect(runner.settlements).toEqual([{ outcome: 'failure', aborted: false }]);
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
    const handler = new FakeCall();
    handler.state = 'completed';
    batch.handledBy(handler);
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

describe('Batch shared by several handlers', () => {
  /** One of several, and what it adds. */
  function oneOfSeveral(name: string): FakeCall {
    const handler = new FakeCall();
    batch.sharedBy(handler);
    runner.currentRequest.enter(handler, () => add(name));
    return handler;
  }

  it('waits for all of them', () => {
    const [first, second] = [oneOfSeveral('a'), oneOfSeveral('b')];
    first.end('completed');
    response.finish();
    expect([runner.runs, batch.take()]).toEqual([0, undefined]);
    second.end('completed');
    expect(runner.runs).toBe(1);
  });

  it('gives each task the outcome of the handler that added it, and every other one that of the status', () => {
    const [failing, succeeding] = [oneOfSeveral('a'), oneOfSeveral('b')];
    add('of nobody');
    failing.end('errored');
    succeeding.end('completed');
    response.finish();
    expect([batch.take(), batch.take(), batch.take()]).toMatchObject([
      { outcome: 'failure', handler: failing },
      { outcome: 'success', handler: succeeding },
      { outcome: 'success', handler: undefined },
    ]);
  });

  it('gives a task its handler although that has ended', () => {
    const handler = oneOfSeveral('a');
    handler.end('errored');
    runner.currentRequest.enter(handler, () => add('late'));
    response.finish();
    expect([batch.take(), batch.take()]).toMatchObject([{ outcome: 'failure' }, { outcome: 'failure' }]);
  });

  it('tells of its settlement once, however many handlers come late, unless it is another', () => {
    add('a');
    response.finish();
    for (let late = 0; late < 3; late++) oneOfSeveral('late').end('errored');
    expect([runner.settlements.length, runner.runs]).toEqual([1, 4]);
    handlerAtWork().end('errored');
    expect(runner.settlements).toEqual([
      { outcome: 'success', aborted: false },
      { outcome: 'failure', aborted: false },
    ]);
  });

  it('gives a task the handler that has called what adds it', () => {
    const handler = oneOfSeveral('a');
    const inner = Object.assign(new FakeCall(), { existingBatch: new Batch(runner), outer: handler });
    runner.currentRequest.enter(inner, () => add('b'));
    handler.end('errored');
    response.finish();
    expect([batch.take(), batch.take()]).toMatchObject([{ handler }, { outcome: 'failure', handler }]);
  });

  it('gives a task no handler of another batch', () => {
    const stranger = Object.assign(new FakeCall(), { existingBatch: new Batch(runner) });
    runner.currentRequest.enter(stranger, () => add('a'));
    response.finish();
    expect(batch.take()).toMatchObject({ handler: undefined });
  });
});

describe('Batch.isStreaming', () => {
  it.each([
    ['before its response has begun', { headersSent: false, writableEnded: false }, false],
    ['while its response goes on', { headersSent: true, writableEnded: false }, true],
    ['when its response has been written', { headersSent: true, writableEnded: true }, false],
  ])('%s: %j is %s', (_, state, isStreaming) => {
    Object.assign(response, state);
    expect(batch.isStreaming).toBe(isStreaming);
  });

  it('is false without a response, and once the batch has settled', () => {
    expect(new Batch(runner).isStreaming).toBe(false);
    add('a');
    response.headersSent = true;
    response.hangUp();
    expect(batch.isStreaming).toBe(false);
  });
});
