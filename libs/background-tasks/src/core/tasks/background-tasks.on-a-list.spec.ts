import { describe, expect, it } from '@jest/globals';
import { BackgroundTask } from './background-task.js';
import { BackgroundTasks, checkAttachable, type TaskList } from './background-tasks.js';
import { Queue } from './queue.js';

function send(_to: string): void {}

const named = (name: string): BackgroundTask => new BackgroundTask(send, name).with({ name });
const namesOf = (tasks: BackgroundTasks): string[] => [...tasks].map(({ name }) => name);

describe('BackgroundTasks on a list that somebody else keeps', () => {
  /** Tasks, and by whom they were added. */
  class Kept implements TaskList {
    readonly added: Array<[string, BackgroundTasks]> = [];
    readonly #tasks = new Queue<BackgroundTask>();

    get size(): number {
      return this.#tasks.size;
    }

    add(task: BackgroundTask, through: BackgroundTasks): void {
      this.added.push([task.name, through]);
      this.#tasks.add(task);
    }

    [Symbol.iterator](): Iterator<BackgroundTask> {
      return this.#tasks[Symbol.iterator]();
    }
  }

  it('put their tasks there, and show those that are there', () => {
    const list = new Kept();
    const [one, other] = [BackgroundTasks.on(list), BackgroundTasks.on(list)];
    one.addTask(send, 'x');
    other.addTask(named('b'));
    expect(list.added).toEqual([
      ['send', one],
      ['b', other],
    ]);
    expect(namesOf(one)).toEqual(['send', 'b']);
    expect(other.size).toBe(2);
  });

  it('put there what is added to them as a whole, each through those it was added to', () => {
    const list = new Kept();
    const tasks = BackgroundTasks.on(list);
    const inner = new BackgroundTasks([named('a')]);
    tasks.addTask(inner);
    inner.addTask(named('b'));
    expect(list.added).toEqual([
      ['a', inner],
      ['b', inner],
    ]);
  });

  it('cannot be run by hand', async () => {
    const tasks = BackgroundTasks.on(new Kept());
    await expect(tasks.run()).rejects.toThrow(
      'Cannot run these background tasks by hand: they belong to a response and run when it is over. ' +
        'To wait for them, await idle() of the BackgroundTasksRunner.',
    );
  });

  it('cannot be added to others, but to those of the same list without effect', () => {
    const list = new Kept();
    const tasks = BackgroundTasks.on(list);
    expect(() => new BackgroundTasks().addTask(tasks)).toThrow(
      'Cannot add these background tasks: they already belong to another response or to other tasks. ' +
        'Make a new BackgroundTasks for each response.',
    );
    BackgroundTasks.on(list).addTask(tasks);
    expect(list.size).toBe(0);
  });

  it('may stand for others, to which everything goes', () => {
    const list = new Kept();
    const actual = BackgroundTasks.on(list);
    class StandIn extends BackgroundTasks {
      override get actual(): BackgroundTasks {
        return actual;
      }
    }
    const standIn = new StandIn();
    standIn.addTask(named('a'));
    expect(list.added).toEqual([['a', actual]]);
    expect(namesOf(standIn)).toEqual(['a']);
    expect(standIn.size).toBe(1);
    expect(() => new BackgroundTasks().addTask(standIn)).toThrow('they already belong to another response');
  });
});

describe('what is attached to a response', () => {
  it('can be a task or tasks', () => {
    const [task, tasks] = [new BackgroundTask(() => undefined), new BackgroundTasks()];
    expect(checkAttachable(task)).toBe(task);
    expect(checkAttachable(tasks)).toBe(tasks);
  });

  it('can be nothing else', () => {
    expect(() => checkAttachable('send')).toThrow(
      new TypeError(
        "Cannot attach `'send'` (string) to the response: `background` takes a BackgroundTask or BackgroundTasks. " +
          'Write `res.background = new BackgroundTask(send, email)`.',
      ),
    );
  });
});
