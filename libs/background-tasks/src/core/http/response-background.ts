import type { BackgroundTask } from '../tasks/background-task.js';
import { BackgroundTasks, checkAttachable } from '../tasks/background-tasks.js';
import type { Batch } from '../batch/batch.js';

declare global {
  namespace Express {
    interface Response {
      /**
       * A task, or tasks, to run after this response.
       *
       * Each assignment adds to those attached before, in order with those added elsewhere; assigning
       * `undefined` adds nothing.
       */
      background?: BackgroundTask | undefined;
    }
  }
}

/** @ts-ignore: not every application has Fastify installed */
declare module 'fastify' {
  interface FastifyReply {
    /**
     * A task, or tasks, to run after this response.
     *
     * Each assignment adds to those attached before, in order with those added elsewhere; assigning
     * `undefined` adds nothing.
     */
    background?: BackgroundTask | undefined;
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
export function backgroundAccessor<T>(batchOfResponse: (response: T) => Batch): BackgroundAccessor<T> {
  return {
    get() {
      return this[ATTACHED];
    },
    set(value) {
      if (value === undefined) return;
      const task = checkAttachable(value);
      BackgroundTasks.on(batchOfResponse(this)).addTask(task);
      this[ATTACHED] = task;
    },
  };
}
