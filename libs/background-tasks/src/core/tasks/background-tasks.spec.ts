import { describe, expect, it } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { BackgroundTask } from './background-task.js';
import { BackgroundTasks, groupOf } from './background-tasks.js';

function noting(): { ran: string[]; note: (event: string) => void; named: (name: string) => BackgroundTask } {
  const ran: string[] = [];
  const note = (event: string): void => void ran.push(event);
  return { ran, note, named: (name) => new BackgroundTask(note, name).with({ name }) };
}

const namesOf = (tasks: BackgroundTasks): string[] => [...tasks].map(({ name }) => name);

const { defaults } = DEFAULT_OPTIONS;

describe('BackgroundTasks made by hand', () => {
  it('begin with the tasks they are given, in order', () => {
    const { named } = noting();
    const tasks = new BackgroundTasks(new Set([named('a'), named('b')]));
    tasks.addTask(named('c'));
    expect(namesOf(tasks)).toEqual(['a', 'b', 'c']);
    expect(tasks.size).toBe(3);
  });

  it('return the task they added, for its options', () => {
    const { note, named } = noting();
    const tasks = new BackgroundTasks();
    expect(tasks.addTask(note, 'x').with({ name: 'other' })).toBe([...tasks][0]);
    const task = named('a');
    expect(tasks.addTask(task)).toBe(task);
  });

  it('run in order, once, and count those that have not started', async () => {
    const { ran, note } = noting();
    const tasks = new BackgroundTasks();
    tasks.addTask(() => note(`first of ${tasks.size + 1}`));
    tasks.addTask(note, 'second');
    await tasks.run();
    await tasks.run();
    expect(ran).toEqual(['first of 2', 'second']);
    expect(tasks.size).toBe(0);
  });

  it('reject with the first error, and leave the rest unrun', async () => {
    const { ran, note } = noting();
    const boom = new Error('boom');
    const tasks = new BackgroundTasks();
    tasks.addTask(() => Promise.reject(boom));
    tasks.addTask(note, 'never');
    await expect(tasks.run()).rejects.toBe(boom);
    expect(ran).toEqual([]);
    expect(tasks.size).toBe(1);
  });

  it('are a task themselves: added to others, they are part of them, then and later', async () => {
    const { ran, named } = noting();
    const inner = new BackgroundTasks([named('b')]);
    const outer = new BackgroundTasks([named('a'), inner, named('c')]);
    inner.addTask(named('d'));
    expect(namesOf(outer)).toEqual(['a', 'b', 'c', 'd']);
    expect(namesOf(inner)).toEqual(['a', 'b', 'c', 'd']);
    expect(inner.size).toBe(4);
    await outer.run();
    expect(ran).toEqual(['a', 'b', 'c', 'd']);
  });

  it('cannot be added to two others', () => {
    const inner = new BackgroundTasks();
    new BackgroundTasks().addTask(inner);
    expect(() => new BackgroundTasks().addTask(inner)).toThrow(
      'Cannot add these background tasks: they already belong to another response or to other tasks.',
    );
  });

  it('take no harm from being added to themselves, or to those added to them', () => {
    const { named } = noting();
    const outer = new BackgroundTasks([named('a')]);
    const inner = new BackgroundTasks([named('b')]);
    outer.addTask(outer);
    outer.addTask(inner);
    inner.addTask(outer);
    expect(namesOf(outer)).toEqual(['a', 'b']);
  });

  it('cannot be run by hand once they are part of others', async () => {
    const inner = new BackgroundTasks();
    new BackgroundTasks().addTask(inner);
    await expect(inner.run()).rejects.toThrow('Cannot run these background tasks by hand: they belong to a response');
  });

  it('give their options to the tasks added through them that have none of their own', () => {
    const { named } = noting();
    const silent = named('silent');
    const own = named('own').with({ runOn: 'success' });
    const inner = new BackgroundTasks([silent, own]);
    const outer = new BackgroundTasks([inner]).with({ runOn: 'failure' });
    expect(groupOf(inner).optionsFor(silent, defaults).runOn).toBe('failure');
    inner.with({ runOn: 'always' });
    expect(groupOf(inner).optionsFor(silent, defaults).runOn).toBe('always');
    expect(groupOf(inner).optionsFor(own, defaults).runOn).toBe('success');
    expect(groupOf(outer).optionsFor(silent, defaults).runOn).toBe('failure');
  });

  it('refuse a task with anything beside it', () => {
    const tasks = new BackgroundTasks();
    const add = (...args: unknown[]): unknown => tasks.addTask(...(args as [never]));
    const { named } = noting();
    expect(() => add(named('reminder'), 'cancel')).toThrow(
      new TypeError(
        "Cannot add the background task `reminder` with `'cancel'` (string): a task is added by itself, with the arguments " +
          'that it was made with. To call a method of it later, add a function that does: (() => task.cancel()).',
      ),
    );
    expect(() => add(new BackgroundTasks([named('a')]), 'run')).toThrow(
      'Cannot add the background task `BackgroundTasks`',
    );
    expect(tasks.size).toBe(0);
  });

  it('refuse what is no task', () => {
    expect(() => new BackgroundTasks(['send'] as never)).toThrow(
      "Cannot make a background task of `'send'` (string): it is no function.",
    );
  });

  it('are named after what they are, unless they are told otherwise', () => {
    const tasks = new BackgroundTasks();
    expect(tasks.name).toBe('BackgroundTasks');
    expect(tasks.with({ name: 'mails' }).name).toBe('mails');
  });

  it('begin with none where none are given', () => {
    const tasks = new BackgroundTasks();
    expect(tasks.size).toBe(0);
    expect([...tasks]).toEqual([]);
  });

  it('say of a task what was said of it, then of them, and the default where nothing was said', () => {
    const task = new BackgroundTask(() => undefined);
    const tasks = new BackgroundTasks([task]);
    expect(groupOf(tasks).optionsFor(task, defaults).timeout).toBe(Infinity);
    tasks.with({ timeout: 5 });
    expect(groupOf(tasks).optionsFor(task, defaults).timeout).toBe(5);
    task.with({ timeout: 7 });
    expect(groupOf(tasks).optionsFor(task, defaults).timeout).toBe(7);
  });
});
