import { describe, expect, it } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { BackgroundTask } from './background-task.js';
import { BackgroundTasks, groupOf, tasksFrom } from './background-tasks.js';
import { Queue } from './queue.js';
import { TaskGroup, type TaskTarget } from './task-group.js';
import type { AddedTask } from './task-list.js';

const { defaults } = DEFAULT_OPTIONS;

function send(_to: string): void {}

const named = (name: string): BackgroundTask => new BackgroundTask(send, name).with({ name });
const namesOf = (tasks: BackgroundTasks): string[] => [...tasks].map(({ name }) => name);

describe('BackgroundTasks on a list that somebody else keeps', () => {
  /** Tasks, and with which group they were added. */
  class Kept implements TaskTarget {
    readonly noted: Array<[string, TaskGroup]> = [];
    readonly list = new Queue<BackgroundTask>();
    readonly added: Array<AddedTask<TaskGroup>> = [];
    isFull = false;

    add(task: BackgroundTask, group: TaskGroup): boolean {
      this.noted.push([task.name, group]);
      this.added.push({ task, group });
      this.list.add(task);
      return true;
    }

    addAll(added: ReadonlyArray<AddedTask<TaskGroup>>): void {
      if (this.isFull) throw new Error('full');
      for (const { task, group } of added) this.add(task, group);
    }
  }

  const tasksOn = (target: TaskTarget): BackgroundTasks => tasksFrom(new TaskGroup(target));

  it('put their tasks there, and show those that are there', () => {
    const list = new Kept();
    const [one, other] = [tasksOn(list), tasksOn(list)];
    one.addTask(send, 'x');
    other.addTask(named('b'));
    expect(list.noted).toEqual([
      ['send', groupOf(one)],
      ['b', groupOf(other)],
    ]);
    expect(namesOf(one)).toEqual(['send', 'b']);
    expect(other.size).toBe(2);
  });

  it('put there what is added to them as a whole, each with those it was added to', () => {
    const list = new Kept();
    const tasks = tasksOn(list);
    const inner = new BackgroundTasks([named('a')]);
    tasks.addTask(inner);
    inner.addTask(named('b'));
    expect(list.noted).toEqual([
      ['a', groupOf(inner)],
      ['b', groupOf(inner)],
    ]);
  });

  it('cannot be run by hand', async () => {
    const tasks = tasksOn(new Kept());
    await expect(tasks.run()).rejects.toThrow(
      'Cannot run these background tasks by hand: they belong to a response and run when it is over. ' +
        'To wait for them, await idle() of the BackgroundTasksRunner.',
    );
  });

  it('can be added to those of the same list, without effect, and to those of no other', () => {
    const list = new Kept();
    const tasks = tasksOn(list);
    tasksOn(list).addTask(tasks);
    expect(list.list.size).toBe(0);
    expect(() => tasksOn(new Kept()).addTask(tasks)).toThrow(
      'Cannot add these background tasks: they already belong to another response or to other tasks. ' +
        'Make a new BackgroundTasks for each response.',
    );
  });

  it('count as their tasks among others that are attached later: there, or nowhere', async () => {
    const list = new Kept();
    const tasks = tasksOn(list);
    tasks.addTask(named('a'));
    const merged = new BackgroundTasks([tasks, named('b'), tasks]);
    const around = new BackgroundTasks([merged]);
    expect([namesOf(merged), merged.size]).toEqual([['a', 'b'], 2]);
    await expect(new BackgroundTasks([tasks]).run()).rejects.toThrow('they belong to a response');
    const other = new Kept();
    expect(() => tasksOn(other).addTask(around)).toThrow('they already belong to another response');
    expect([other.added, namesOf(around)]).toEqual([[], ['a', 'b']]);
    tasksOn(list).addTask(around);
    expect(namesOf(around)).toEqual(['a', 'b']);
    merged.addTask(named('c'));
    expect(namesOf(tasks)).toEqual(['a', 'b', 'c']);
  });

  it('take in others as a whole or not at all, and can be tried again', () => {
    const list = new Kept();
    const tasks = new BackgroundTasks([new BackgroundTasks([named('a')]), named('b')]);
    list.isFull = true;
    expect(() => tasksOn(list).addTask(tasks)).toThrow('full');
    tasks.addTask(named('c'));
    expect([namesOf(tasks), list.list.size]).toEqual([['a', 'b', 'c'], 0]);
    list.isFull = false;
    tasksOn(list).addTask(tasks);
    expect(list.noted.map(([name]) => name)).toEqual(['a', 'b', 'c']);
  });

  it('take in what is added to others while these are told of', () => {
    const list = new Kept();
    const tasks = new BackgroundTasks([named('a')]);
    const addAll = list.addAll.bind(list);
    list.addAll = (added) => {
      tasks.addTask(named('meanwhile'));
      addAll(added);
    };
    tasksOn(list).addTask(tasks);
    expect(namesOf(tasks).toSorted()).toEqual(['a', 'meanwhile']);
  });

  it('may be found anew each time, with all that was said of them', () => {
    const list = new Kept();
    const [first, second] = [new TaskGroup(list), new TaskGroup(list)];
    let group = first;
    const found = tasksFrom({
      get group() {
        return group;
      },
    });
    found.addTask(named('a'));
    expect(list.noted).toEqual([['a', first]]);
    expect(namesOf(found)).toEqual(['a']);
    expect(found.size).toBe(1);
    expect(found.with({ name: 'mails', runOn: 'always' }).name).toBe('mails');
    expect(first.optionsFor(named('a'), defaults).runOn).toBe('always');
    group = second;
    expect(found.name).toBe('BackgroundTasks');
    expect(second.optionsFor(named('a'), defaults).runOn).toBe('success');
    expect(() => tasksOn(new Kept()).addTask(found)).toThrow('they already belong to another response');
  });

  it('take no options while they are run by hand', async () => {
    const tasks = new BackgroundTasks().with({ runOn: 'always' });
    tasks.addTask(() => void tasks.with({ timeout: 5 }));
    await expect(tasks.run()).rejects.toThrow(
      'Cannot set options of the background task `BackgroundTasks`: it has already started.',
    );
    expect(tasks.with({ name: 'mails' }).name).toBe('mails');
  });

  it('run by hand to the end of what is theirs, also when one of them gives the rest away', async () => {
    const ran: string[] = [];
    const [group, other] = [new BackgroundTasks(), new BackgroundTasks()];
    group.addTask(() => void other.addTask(group));
    group.addTask(() => void ran.push('given away'));
    await group.run();
    expect([ran, other.size]).toEqual([[], 1]);
    await other.run();
    expect(ran).toEqual(['given away']);
  });
});
