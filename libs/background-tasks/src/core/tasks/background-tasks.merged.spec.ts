import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { BackgroundTask, beginCall, startTask } from './background-task.js';
import { BackgroundTasks } from './background-tasks.js';

const ran: string[] = [];
const note = (event: string): void => void ran.push(event);
const named = (name: string): BackgroundTask => new BackgroundTask(note, name).with({ name });

async function ranBy(task: BackgroundTask): Promise<string[]> {
  ran.length = 0;
  await startTask(task);
  return [...ran];
}

describe('BackgroundTasks that are merged', () => {
  it('hold a task once, where it stood first, until it has run', async () => {
    const [a, b] = [named('a'), named('b')];
    const tasks = new BackgroundTasks([a, b, a, new BackgroundTasks([b, a])]);
    expectSame(tasks, a, b);
    expect(tasks.addTask(a)).toBe(a);
    expectSame(tasks, a, b);
    expect([tasks.size, await ranBy(tasks)]).toEqual([2, ['a', 'b']]);
    tasks.addTask(a);
    expect(await ranBy(tasks)).toEqual(['a']);
  });

  it('begin without what is null or undefined', () => {
    const task = named('a');
    expectSame(new BackgroundTasks([undefined, task, null]), task);
  });

  it('take none in where one of them is none, and let a promise among them reject', async () => {
    const inner = new BackgroundTasks([named('a')]);
    const given = [inner, Promise.reject(new Error('first')), Promise.reject(new Error('second'))];
    expect(() => new BackgroundTasks(given as never)).toThrow('and not (send(email))');
    await setImmediate();
    expect(await ranBy(new BackgroundTasks([inner]))).toEqual(['a']);
  });
});

describe('BackgroundTasks that are cancelled', () => {
  it('run none of the tasks that are in them, nor of those within these, and what is added later', async () => {
    const inner = new BackgroundTasks([named('b')]);
    const tasks = new BackgroundTasks([named('a'), inner]);
    expect(tasks.cancel()).toBe(true);
    inner.addTask(named('later'));
    expect([tasks.size, [...tasks].map(({ name }) => name)]).toEqual([1, ['later']]);
    expect(await ranBy(tasks)).toEqual(['later']);
  });

  it('are part of others, which run', async () => {
    const inner = new BackgroundTasks([named('b')]);
    const tasks = new BackgroundTasks([named('a'), inner, named('c')]);
    expect(inner.cancel()).toBe(true);
    expect(await ranBy(tasks)).toEqual(['a', 'c']);
  });

  it('are not where none of them waits', async () => {
    const tasks = new BackgroundTasks();
    expect(tasks.cancel()).toBe(false);
    tasks.addTask(named('a'));
    await tasks.run();
    expect(tasks.cancel()).toBe(false);
  });

  it('pass over a task that was cancelled by itself', async () => {
    const a = named('a');
    const tasks = new BackgroundTasks([a, named('b')]);
    a.cancel();
    expect([tasks.size, await ranBy(tasks)]).toEqual([1, ['b']]);
  });
});

/** Says when it runs. */
class Announced extends BackgroundTasks {
  override async run(): Promise<void> {
    note('begins');
    await super.run();
    note('ends');
  }
}

describe('BackgroundTasks whose class has its own run()', () => {
  it('are one task, run by it', async () => {
    const own = new Announced([named('a')]);
    const tasks = new BackgroundTasks([own]);
    own.addTask(named('b'));
    expectSame(tasks, own);
    expect([tasks.size, own.size]).toEqual([1, 2]);
    expect(await ranBy(tasks)).toEqual(['begins', 'a', 'b', 'ends']);
  });

  it('are named after their class, unless they are told otherwise', () => {
    expect(new Announced().name).toBe('Announced');
    expect(new Announced().with({ name: 'mails', timeout: 5 }).name).toBe('mails');
    expect(new (class extends BackgroundTasks {})().name).toBe('BackgroundTasks');
  });

  it('take no options while they run', () => {
    const own = new Announced();
    beginCall(own, { group: {} });
    expect(() => own.with({ name: 'too late' })).toThrow('of the background task `Announced`: it has already started');
  });

  it('are cancelled as one', async () => {
    const [own, other] = [new Announced([named('a')]), new Announced([named('b')])];
    const tasks = new BackgroundTasks([own, other]);
    expect([own.cancel(), tasks.size]).toEqual([true, 1]);
    expect(await ranBy(tasks)).toEqual(['begins', 'b', 'ends']);
    expect(other.cancel()).toBe(false);
    expect(new BackgroundTasks([new Announced()]).cancel()).toBe(true);
  });
});
