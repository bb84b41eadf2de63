import { describe, expect, it } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { BackgroundTask } from './background-task.js';
import { BackgroundTasks, groupOf, tasksFrom } from './background-tasks.js';
import { Queue } from './queue.js';
import { TaskGroup, type TaskTarget } from './task-group.js';

const { defaults } = DEFAULT_OPTIONS;

function send(_to: string): void {}

const named = (name: string): BackgroundTask => new BackgroundTask(send, name).with({ name });
const namesOf = (tasks: BackgroundTasks): string[] => [...tasks].map(({ name }) => name);

describe('BackgroundTasks on a list that somebody else keeps', () => {
  /** Tasks, and with which group they were added. */
  class Kept implements TaskTarget {
    readonly added: Array<[string, TaskGroup]> = [];
    readonly list = new Queue<BackgroundTask>();

    add(task: BackgroundTask, group: TaskGroup): void {
      this.added.push([task.name, group]);
      this.list.add(task);
    }
  }

  const tasksOn = (target: TaskTarget): BackgroundTasks => tasksFrom(new TaskGroup(target));

  it('put their tasks there, and show those that are there', () => {
    const list = new Kept();
    const [one, other] = [tasksOn(list), tasksOn(list)];
    one.addTask(send, 'x');
    other.addTask(named('b'));
    expect(list.added).toEqual([
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
    expect(list.added).toEqual([
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

  it('cannot be added to others, but to those of the same list without effect', () => {
    const list = new Kept();
    const tasks = tasksOn(list);
    expect(() => new BackgroundTasks().addTask(tasks)).toThrow(
      'Cannot add these background tasks: they already belong to another response or to other tasks. ' +
        'Make a new BackgroundTasks for each response.',
    );
    tasksOn(list).addTask(tasks);
    expect(list.list.size).toBe(0);
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
    expect(list.added).toEqual([['a', first]]);
    expect(namesOf(found)).toEqual(['a']);
    expect(found.size).toBe(1);
    expect(found.with({ name: 'mails', runOn: 'always' }).name).toBe('mails');
    expect(first.optionsFor(named('a'), defaults).runOn).toBe('always');
    group = second;
    expect(found.name).toBe('BackgroundTasks');
    expect(second.optionsFor(named('a'), defaults).runOn).toBe('success');
    expect(() => new BackgroundTasks().addTask(found)).toThrow('they already belong to another response');
  });

  it('run by hand take no options any more', async () => {
    const tasks = new BackgroundTasks().with({ runOn: 'always' });
    await tasks.run();
    expect(() => tasks.with({ timeout: 5 })).toThrow(
      'Cannot set options of the background task `BackgroundTasks`: it has already started.',
    );
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
