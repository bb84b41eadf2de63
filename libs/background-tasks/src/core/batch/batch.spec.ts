import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { fakeExchange, FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { groupOf } from '../tasks/background-tasks.js';
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

describe('Batch', () => {
  it('has an id of its own, always the same', () => {
    const other = fakeExchange(runner).batch;
    expect(batch.id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(batch.id).toBe(batch.id);
    expect(other.id).not.toBe(batch.id);
  });

  it('keeps its tasks in order, each with its place and whom it was added with', () => {
    const tasks = runner.tasksOn(batch);
    const [first, second] = [tasks.addTask(task('a')), tasks.addTask(task('b'))];
    expectSame(batch, first, second);
    expect(batch.size).toBe(2);
    expect(runner.accepted).toMatchObject([
      { batch, index: 0, group: groupOf(tasks) },
      { batch, index: 1, group: groupOf(tasks) },
    ]);
    expectSame(
      runner.accepted.map((entry) => entry.task),
      first,
      second,
    );
  });

  it('keeps the async context of the adder', () => {
    const storage = new AsyncLocalStorage<string>();
    storage.run('adder', () => add('a'));
    expect(runner.accepted[0]?.context.runInAsyncScope(() => storage.getStore())).toBe('adder');
  });

  it('takes no task that its runner refuses', () => {
    runner.isFull = true;
    expect(() => add('a')).toThrow('full');
    expect(batch.size).toBe(0);
    runner.isFull = false;
    add('b');
    expect(runner.accepted[0]?.index).toBe(0);
  });

  it('tells its runner of each task once that is in it', () => {
    add('a');
    add('b');
    expect(runner.sizes).toEqual([1, 2]);
    runner.isFull = true;
    expect(() => add('c')).toThrow('full');
    expect(runner.sizes).toEqual([1, 2]);
  });

  it('watches its response from the first task on, and once', () => {
    batch.settling.setResponse(response.awaited);
    expect(response.listenerCount('finish')).toBe(0);
    add('a');
    add('b');
    batch.settling.setResponse(response.awaited);
    expect(response.listenerCount('finish')).toBe(1);
  });

  it('watches its response when it is told it after the first task', () => {
    const request = new FakeRequest();
    batch = new Batch(runner);
    add('a');
    response = new FakeResponse(request);
    batch.settling.setResponse(response.awaited);
    response.finish();
    expect(runner.runs).toBe(1);
  });

  it('has the first response that it is told', () => {
    const other = new FakeResponse(new FakeRequest());
    batch.settling.setResponse(other.awaited);
    add('a');
    other.finish();
    expect(runner.runs).toBe(0);
    response.finish();
    expect(runner.runs).toBe(1);
  });
});

describe('Batch that settles', () => {
  it('gives nothing to start before', () => {
    add('a');
    expect(batch.take()).toBeUndefined();
    expect([batch.size, runner.runs]).toEqual([1, 0]);
  });

  it('tells how the response ended, and then gives its tasks with it, in order', () => {
    const [first, second] = [add('a'), add('b')];
    response.statusCode = 500;
    response.writableEnded = true;
    response.hangUp();
    expect(runner.settlements).toEqual([{ outcome: 'failure', status: 500, aborted: true }]);
    expect(runner.runs).toBe(1);
    const settlement = { batch, outcome: 'failure', status: 500, aborted: true };
    expect(batch.take()).toEqual({ ...runner.accepted[0], ...settlement });
    expect(batch.take()).toMatchObject({ ...settlement, index: 1, task: second });
    expect(batch.take()).toBeUndefined();
    expect(first.name).toBe('a');
  });

  it('has nothing run, and tells nothing, while it has no tasks: it tells when there is one to start', () => {
    batch.settling.watchResponse();
    response.finish();
    expect([runner.settlements, runner.runs]).toEqual([[], 0]);
    add('late');
    const success = { outcome: 'success', status: 200, aborted: false };
    expect([runner.settlements, runner.runs]).toEqual([[], 1]);
    batch.take();
    expect(runner.settlements).toEqual([success]);
    const late = new FakeCall(batch);
    batch.settling.follow(late);
    late.end('errored');
    expect([runner.settlements, runner.runs]).toEqual([[success], 1]);
    add('later');
    add('latest');
    batch.take();
    batch.take();
    expect(runner.settlements).toEqual([success, { ...success, outcome: 'failure' }]);
  });

  it('has a task run that is added later', () => {
    add('a');
    response.finish();
    batch.take();
    add('late');
    expect(runner.runs).toBe(2);
    expect(batch.take()).toMatchObject({ index: 1, outcome: 'success', aborted: false });
  });

  it('gives up tasks whether or not it has settled', () => {
    const first = add('a');
    expect(batch.takeUnsettled()?.task).toBe(first);
    expect(batch.takeUnsettled()).toBeUndefined();
    expect(batch.size).toBe(0);
  });
});
