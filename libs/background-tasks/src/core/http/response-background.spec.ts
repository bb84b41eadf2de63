import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BackgroundTask } from '../tasks/background-task.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { backgroundAccessor, checkAttachable } from './response-background.js';

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

describe('the `background` of a response', () => {
  interface Response {
    background?: unknown;
  }

  const named = (name: string): BackgroundTask => new BackgroundTask(() => undefined).with({ name });
  const namesOf = (tasks: BackgroundTasks): string[] => [...tasks].map(({ name }) => name);

  let asked: Response[];
  let added: BackgroundTasks;
  let response: Response;

  beforeEach(() => {
    asked = [];
    added = new BackgroundTasks();
    const prototype = Object.defineProperty(
      {},
      'background',
      backgroundAccessor((own: Response) => {
        asked.push(own);
        return added;
      }),
    );
    response = Object.create(prototype) as Response;
  });

  it('is nothing at first, and asks for no tasks', () => {
    expect(response.background).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('adds a task to those of its response, at once', () => {
    const task = named('a');
    response.background = task;
    expect([...added]).toEqual([task]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toBe(response);
    expect(response.background).toBe(task);
  });

  it('adds to what was attached before, and is what was attached last', () => {
    const last = named('b');
    response.background = named('a');
    response.background = last;
    expect(namesOf(added)).toEqual(['a', 'b']);
    expect(response.background).toBe(last);
  });

  it('adds tasks as a whole: what is added to them later goes there, too', () => {
    const tasks = new BackgroundTasks([named('a')]);
    response.background = tasks;
    tasks.addTask(named('b'));
    expect(namesOf(added)).toEqual(['a', 'b']);
    expect(response.background).toBe(tasks);
  });

  it.each([undefined, null])('adds nothing when it is assigned %j, and stays what it is', (nothing) => {
    response.background = nothing;
    expect(asked).toEqual([]);
    const task = named('a');
    response.background = task;
    response.background = nothing;
    expect(namesOf(added)).toEqual(['a']);
    expect(response.background).toBe(task);
  });

  it('refuses what is no task, and stays what it is', () => {
    expect(() => {
      response.background = 'send';
    }).toThrow("Cannot attach `'send'` (string) to the response");
    expect(asked).toEqual([]);
    expect(response.background).toBeUndefined();
  });

  // a rejection that nobody handles ends the process of a spec
  it.each<[string, () => unknown]>([
    ['a promise', () => Promise.reject(new Error('boom'))],
    ['promises', () => [Promise.reject(new Error('boom'))]],
  ])('refuses %s, which may reject', async (_, make) => {
    expect(() => {
      response.background = make();
    }).toThrow('to the response: `background` takes a BackgroundTask');
    await setImmediate();
  });

  it('stays what it is where the task cannot be added, which can be tried again', () => {
    const addTask = jest.spyOn(added, 'addTask').mockImplementationOnce(() => {
      throw new Error('full');
    });
    const attach = (task: BackgroundTask): void => {
      response.background = task;
    };
    const task = named('a');
    expect(() => attach(task)).toThrow('full');
    expect(response.background).toBeUndefined();
    attach(task);
    expect(addTask).toHaveBeenCalledTimes(2);
    expect(response.background).toBe(task);
  });

  it('is that of no other response', () => {
    const other = Object.create(Object.getPrototypeOf(response) as object) as Response;
    response.background = named('a');
    expect(other.background).toBeUndefined();
  });
});
