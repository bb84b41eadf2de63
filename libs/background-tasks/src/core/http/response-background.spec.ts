import { describe, expect, it } from '@jest/globals';
import { BackgroundTask } from '../tasks/background-task.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { checkAttachable } from './response-background.js';

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
