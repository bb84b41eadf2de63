import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { fakeExchange, type FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { Batch } from './batch.js';

let runner: RecordingRunner;
let batch: Batch;
let response: FakeResponse;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ batch, response } = fakeExchange(runner));
});

const add = (name: string): BackgroundTask =>
  runner.tasksOn(batch).addTask(new BackgroundTask(() => undefined).with({ name }));

describe('Batch shared by several handlers', () => {
  /** One of several, and what it adds. */
  function oneOfSeveral(name: string): FakeCall {
    const handler = new FakeCall(batch, runner.application);
    batch.settling.waitFor(handler);
    runner.application.currentCall.enter(handler, () => add(name));
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

  it.each([
    ['all failed', ['errored', 'errored'], 200, 'failure'],
    ['all succeeded', ['completed', 'completed'], 500, 'success'],
    ['some failed', ['completed', 'errored'], 200, 'success'],
    ['some failed, the first of them', ['errored', 'completed', 'errored'], 200, 'success'],
    ['some failed, with a bad status', ['errored', 'completed'], 500, 'failure'],
  ] as const)(
    'gives what none of them added the outcome they share, else that of the status: %s',
    (_, ends, status, outcome) => {
      add('of nobody');
      ends.map((end) => ({ end, handler: oneOfSeveral('of one') })).forEach(({ end, handler }) => handler.end(end));
      response.statusCode = status;
      response.finish();
      expect(batch.take()).toMatchObject({ index: 0, outcome });
    },
  );

  it('gives each task the outcome of the handler that added it, and every other one that of the status', () => {
    const [failing, succeeding] = [oneOfSeveral('a'), oneOfSeveral('b')];
    add('of nobody');
    failing.end('errored');
    succeeding.end('completed');
    response.finish();
    expect([batch.take(), batch.take(), batch.take()]).toMatchObject([
      { outcome: 'failure', call: failing },
      { outcome: 'success', call: succeeding },
      { outcome: 'success', call: undefined },
    ]);
  });

  it('gives a task its handler although that has ended', () => {
    const handler = oneOfSeveral('a');
    handler.end('errored');
    runner.application.currentCall.enter(handler, () => add('late'));
    response.finish();
    expect([batch.take(), batch.take()]).toMatchObject([{ outcome: 'failure' }, { outcome: 'failure' }]);
  });

  it('tells of its settlement once, however many handlers come late, unless it is another', () => {
    add('a');
    response.finish();
    for (let late = 0; late < 3; late++) oneOfSeveral('late').end('completed');
    expect([runner.settlements.length, runner.runs]).toEqual([1, 4]);
    const handler = new FakeCall(batch, runner.application);
    batch.settling.follow(handler);
    handler.end('errored');
    expect(runner.settlements).toMatchObject([
      { outcome: 'success', aborted: false },
      { outcome: 'failure', aborted: false },
    ]);
  });

  it('gives a task the handler that has called what adds it', () => {
    const handler = oneOfSeveral('a');
    const { currentCall } = runner.application;
    const inner = currentCall.enter(handler, () => new FakeCall(new Batch(runner), runner.application));
    runner.application.currentCall.enter(inner, () => add('b'));
    handler.end('errored');
    response.finish();
    expect([batch.take(), batch.take()]).toMatchObject([{ call: handler }, { outcome: 'failure', call: handler }]);
  });

  it('gives a task no handler of another batch', () => {
    const stranger = new FakeCall(new Batch(runner), runner.application);
    runner.application.currentCall.enter(stranger, () => add('a'));
    response.finish();
    expect(batch.take()).toMatchObject({ call: undefined });
  });
});
