import { isOfAnotherCopy, TWO_COPIES } from '../errors/other-copies.js';
import { described } from '../errors/wording.js';
import { BackgroundTask } from '../tasks/background-task.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import { leaveUnawaited } from '../tasks/unawaited.js';

declare global {
  namespace Express {
    interface Response {
      /**
       * A task, or tasks, to run after this response.
       *
       * Each assignment adds to those attached before, in order with those added elsewhere; what waits there
       * already stays where it is, and `null` and `undefined` add nothing.
       */
      background?: BackgroundTask | null | undefined;
    }
  }
}

/** @ts-ignore: not every application has Fastify installed */
declare module 'fastify' {
  interface FastifyReply {
    /**
     * A task, or tasks, to run after this response.
     *
     * Each assignment adds to those attached before, in order with those added elsewhere; what waits there
     * already stays where it is, and `null` and `undefined` add nothing.
     */
    background?: BackgroundTask | null | undefined;
  }
}

const ATTACHED = Symbol('nestjs-background-tasks.attached');

/** A response, or what a platform wraps around it, that tasks can be attached to. */
interface Attachable {
  [ATTACHED]?: BackgroundTask;
}

/** The getter and setter behind `res.background`. */
export interface BackgroundAccessor<T> {
  readonly get: (this: T & Attachable) => BackgroundTask | undefined;
  readonly set: (this: T & Attachable, value: unknown) => void;
}

/** Makes `res.background = task` add the task at once, so that order and async context are the adder's. */
export function backgroundAccessor<T>(tasksOfResponse: (response: T) => BackgroundTasks): BackgroundAccessor<T> {
  return {
    get() {
      return this[ATTACHED];
    },
    set(value) {
      if (value === undefined || value === null) return;
      const task = checkAttachable(value);
      tasksOfResponse(this).addTask(task);
      this[ATTACHED] = task;
    },
  };
}

/**
 * What was assigned to `res.background`, if it can be.
 *
 * @throws TypeError when it is no task.
 */
export function checkAttachable(value: unknown): BackgroundTask {
  if (value instanceof BackgroundTask) return value;
  leaveUnawaited([value]);
  throw new TypeError(
    isOfAnotherCopy(value)
      ? `Cannot attach ${described(value)} to the response: another copy of the library has made it. ${TWO_COPIES}`
      : `Cannot attach ${described(value)} to the response: \`background\` takes a BackgroundTask or BackgroundTasks. ` +
          'Write `res.background = new BackgroundTask(send, email)`.',
  );
}
