import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { fakeExchange, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { DurableTask } from '../tasks/durable-task.decorator.js';
import type { TaskGroup } from '../tasks/task-group.js';
import type { AddedTask } from '../tasks/task-list.js';
import type { Batch, Handover, TaskStore } from './batch.js';
import type { Call } from './outcome.js';
import type { AddedEntry } from './task-store.js';

class Mailer {
  @DurableTask('batch.mail')
  send(): void {}
}
const mailer = new Mailer();

/** Takes durable tasks, and keeps them. */
class FakeHandover implements Handover {
  readonly batches: Batch[] = [];
  readonly added: AddedEntry[] = [];
  readonly calls: Array<Call | undefined> = [];
  settlements = 0;
  isFull = false;

  has(task: BackgroundTask): boolean {
    return this.added.some((each) => each.task === task);
  }

  admit(): void {
    if (this.isFull) throw new Error('too much');
  }

  add({ task, group }: AddedTask<TaskGroup>, call: Call | undefined, addedAt: number): void {
    this.added.push({ task, group, order: addedAt });
    this.calls.push(call);
  }

  store(): undefined {}

  settled(): void {
    this.settlements++;
  }

  persistIn(): Promise<string> {
    return Promise.resolve('the id');
  }
}

class StoringRunner extends RecordingRunner {
  readonly handover = new FakeHandover();
  readonly checked: string[] = [];
  store: TaskStore | undefined = { module: 'FakeModule', open: () => this.handover };

  checkDurable(_: BackgroundTask, { name }: { name: string }): void {
    this.checked.push(name);
    if (name === 'refused') throw new Error('nobody has it');
  }
}

let runner: StoringRunner;
let handover: FakeHandover;
let batch: Batch;
let response: FakeResponse;
let tasks: BackgroundTasks;

beforeEach(() => {
  runner = new StoringRunner();
  ({ handover } = runner);
  ({ batch, response } = fakeExchange(runner));
  tasks = runner.tasksOn(batch);
});

const durable = (): BackgroundTask => new BackgroundTask(mailer, 'send');
const plain = (): BackgroundTask => new BackgroundTask(() => undefined);

describe('a batch of a runner that stores', () => {
  it('hands durable tasks over, and keeps the others', () => {
    const [kept, stored] = [tasks.addTask(plain()), tasks.addTask(durable())];
    expect(runner.accepted.map(({ task }) => task)).toEqual([kept]);
    expect(handover.added.map(({ task }) => task)).toEqual([stored]);
    expect([batch.size, tasks.size]).toEqual([1, 2]);
    expect(new Set(tasks)).toEqual(new Set([kept, stored]));
    expect(runner.checked).toEqual(['batch.mail']);
  });

  it('has no handover before the first of them', () => {
    tasks.addTask(plain());
    expect(batch.handover).toBeUndefined();
    expect([...tasks]).toHaveLength(1);
  });

  it('says which call is at work', () => {
    const call = new FakeCall(batch, runner.application);
    batch.settling.follow(call);
    tasks.addTask(durable());
    expect(handover.calls).toEqual([call]);
  });

  it('takes them in once', () => {
    const task = durable();
    tasks.addTask(task);
    tasks.addTask(task);
    tasks.addTask(new BackgroundTasks([task]));
    expect(handover.added).toHaveLength(1);
  });

  it('takes a group in as a whole, in order, or not at all', () => {
    const group = [durable(), plain(), durable()];
    handover.isFull = true;
    expect(() => tasks.addTask(new BackgroundTasks(group))).toThrow('too much');
    handover.isFull = false;
    runner.isFull = true;
    expect(() => tasks.addTask(new BackgroundTasks(group))).toThrow('full');
    expect([handover.added.length, batch.size]).toEqual([0, 0]);
    runner.isFull = false;
    tasks.addTask(new BackgroundTasks(group));
    expect([handover.added.length, batch.size, [...tasks].length]).toEqual([2, 1, 3]);
  });

  it('tells the handover when it settles, and of what is added after that', () => {
    tasks.addTask(durable());
    expect(handover.settlements).toBe(0);
    response.finish();
    expect(handover.settlements).toBe(1);
    expect(runner.runs).toBe(0);
    tasks.addTask(durable());
    expect(handover.settlements).toBe(2);
    tasks.addTask(plain());
    expect([handover.settlements, runner.runs]).toEqual([2, 1]);
  });

  it('watches its response also where all of them are handed over', () => {
    tasks.addTask(durable());
    expect(response.listenerCount('finish')).toBe(1);
  });

  it('hands nothing over that nobody could run', () => {
    class Other {
      @DurableTask('refused')
      send(): void {}
    }
    expect(() => tasks.addTask(new Other(), 'send')).toThrow('nobody has it');
    expect(handover.added).toEqual([]);
  });

  it('persists by the handover, where there is one', async () => {
    const transaction = { query: () => Promise.resolve() };
    expect(await tasks.persistIn(transaction)).toBeUndefined();
    tasks.addTask(durable());
    expect(await tasks.persistIn(transaction)).toBe('the id');
    expect(await new BackgroundTasks([plain()]).persistIn(transaction)).toBeUndefined();
    await expect(new BackgroundTasks([durable()]).persistIn(transaction)).rejects.toThrow(
      'they belong to no response yet',
    );
  });
});

describe('a batch of a runner that does not store', () => {
  it('keeps durable tasks like any other, and checks them', () => {
    runner.store = undefined;
    const task = tasks.addTask(durable());
    expect(runner.accepted.map((entry) => entry.task)).toEqual([task]);
    expect(runner.checked).toEqual(['batch.mail']);
    expect(handover.added).toEqual([]);
  });
});
