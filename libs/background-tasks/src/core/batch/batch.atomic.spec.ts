import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { fakeExchange, type FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { BackgroundTask, beginCall } from '../tasks/background-task.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import type { Batch } from './batch.js';

let runner: RecordingRunner;
let batch: Batch;
let response: FakeResponse;
let tasks: BackgroundTasks;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ batch, response } = fakeExchange(runner));
  tasks = runner.tasksOn(batch);
});

const task = (name: string): BackgroundTask => new BackgroundTask(() => undefined).with({ name });
const names = (): string[] => runner.accepted.map((entry) => entry.task.name);

describe('a batch that takes in', () => {
  it('holds a task once, while it waits', () => {
    const a = task('a');
    tasks.addTask(a);
    tasks.addTask(a);
    tasks.addTask(new BackgroundTasks([a, task('b')]));
    expect([names(), batch.size]).toEqual([['a', 'b'], 2]);
    response.finish();
    batch.take();
    tasks.addTask(a);
    expect([names(), batch.size]).toEqual([['a', 'b', 'a'], 2]);
  });

  it('holds what another batch holds as well', () => {
    const a = task('a');
    const other = fakeExchange(runner).batch;
    tasks.addTask(a);
    runner.tasksOn(other).addTask(a);
    expectSame([...batch, ...other], a, a);
  });

  it('asks for room for all tasks of a group at once, but for those that it holds', () => {
    const admit = jest.spyOn(runner, 'admit');
    const [a, b, c] = [task('a'), task('b'), task('c')];
    tasks.addTask(a);
    tasks.addTask(new BackgroundTasks([a, b, c]));
    tasks.addTask(new BackgroundTasks([a, c]));
    tasks.addTask(new BackgroundTasks());
    expect(admit.mock.calls).toHaveLength(2);
    expect(admit.mock.calls[1]).toEqual([2, b, batch]);
    expect(runner.accepted.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  const sets: Array<[string, (name: string) => BackgroundTask]> = [
    ['a task', task],
    ['a group', (name) => new BackgroundTasks([task(name), task('other')])],
  ];

  it.each(sets)('has changed nothing when its runner refuses %s, which can be added again', (_, make) => {
    const added = make('a');
    runner.isFull = true;
    expect(() => tasks.addTask(added)).toThrow('full');
    expect([batch.size, runner.accepted, response.listenerCount('finish')]).toEqual([0, [], 0]);
    runner.isFull = false;
    tasks.addTask(added);
    expect([names()[0], runner.accepted[0]?.index, response.listenerCount('finish')]).toEqual(['a', 0, 1]);
  });

  it.each(sets)(
    'has changed nothing when its response cannot be watched for %s, which can be added again',
    (_, make) => {
      const added = make('a');
      jest.spyOn(response, 'on').mockImplementationOnce(() => {
        throw new Error('not watched');
      });
      expect(() => tasks.addTask(added)).toThrow('not watched');
      expect([batch.size, runner.accepted]).toEqual([0, []]);
      tasks.addTask(added);
      response.finish();
      expect([names()[0], runner.accepted[0]?.index, runner.runs]).toEqual(['a', 0, 1]);
    },
  );
});

describe('a batch whose task is cancelled', () => {
  it('tells its runner, and has it no more', () => {
    const [a, b] = [task('a'), task('b')];
    tasks.addTask(a);
    tasks.addTask(b);
    expect(a.cancel()).toBe(true);
    expectSame(
      runner.cancelledEntries.map((entry) => entry.task),
      a,
    );
    expectSame(batch, b);
    response.finish();
    expect([batch.size, batch.take()?.task === b, batch.take()]).toEqual([1, true, undefined]);
    beginCall(b, { group: {} });
    expect(b.cancel()).toBe(false);
  });

  it('has nothing run, and tells nothing, if it has no other', () => {
    tasks.addTask(task('a')).cancel();
    response.finish();
    expect([runner.settlements, runner.runs]).toEqual([[], 0]);
    tasks.addTask(task('b'));
    expect(runner.runs).toBe(1);
  });

  it('takes it in no more', () => {
    const a = task('a');
    tasks.addTask(a).cancel();
    tasks.addTask(a);
    tasks.addTask(new BackgroundTasks([a]));
    expect([batch.size, names(), runner.cancelledEntries]).toMatchObject([0, ['a'], { length: 1 }]);
  });

  it.each<[string, (added: BackgroundTask) => BackgroundTask]>([
    ['by itself', (added) => added],
    ['in a group', (added) => new BackgroundTasks([added])],
  ])('beforehand tells of it once when it is added %s, whether or not there is room', (_, make) => {
    const a = task('a');
    a.cancel();
    runner.isFull = true;
    response.finish();
    const added = make(a);
    tasks.addTask(added);
    tasks.addTask(added);
    expect([names(), runner.cancelledEntries, batch.size, runner.runs]).toMatchObject([['a'], { length: 1 }, 0, 0]);
  });

  it('gives up those of a group, and no others', () => {
    const inner = new BackgroundTasks([task('c')]);
    tasks.addTask(task('a'));
    const group = runner.tasksOn(batch);
    group.addTask(task('b'));
    group.addTask(inner);
    expect([group.cancel(), group.cancel()]).toEqual([true, false]);
    expect(runner.cancelledEntries.map((entry) => entry.task.name)).toEqual(['b', 'c']);
    expect([...batch].map(({ name }) => name)).toEqual(['a']);
    inner.addTask(task('later'));
    expect(batch.size).toBe(2);
  });

  it('gives up the one in each batch', () => {
    const a = task('a');
    const other = fakeExchange(runner).batch;
    tasks.addTask(a);
    runner.tasksOn(other).addTask(a);
    expect([a.cancel(), batch.size, other.size]).toEqual([true, 0, 0]);
  });
});
