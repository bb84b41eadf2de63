import { Injectable } from '@nestjs/common';
import { Batch, type BatchRunner } from '../batch/batch.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import { CurrentCall } from './current-call.js';
import type { CallHost } from './handler-call.js';
import { OpenBatches } from './open-batches.js';

/** One application of the process: what its calls share, and what runs their tasks. */
@Injectable()
export class Application implements CallHost {
  readonly currentCall = new CurrentCall();
  readonly openBatches = new OpenBatches();
  /** What handlers get as their tasks instead of any of their own, where a test has overridden what is injected. */
  tasksForParameters?: BackgroundTasks;
  #runner?: BatchRunner;

  /** Has the batches that are made from now on run by `runner`. */
  runWith(runner: BatchRunner): void {
    this.#runner = runner;
  }

  /** What runs its batches. */
  get runner(): BatchRunner {
    if (this.#runner === undefined) throw new Error('Cannot make a batch: nothing was said to run it.');
    return this.#runner;
  }

  /** A batch, for the response to `request` if there is one. */
  newBatch(request?: object): Batch {
    return new Batch(this.runner, request);
  }
}

/** Where a request keeps the application that serves it: on itself, or on its prototype. */
export const APPLICATION = Symbol('nestjs-background-tasks.application');

/** A request that some application may serve. */
export type MaybeServed = object & { readonly [APPLICATION]?: Application };

/**
 * The application that serves `request`, or `undefined` where the module is not imported.
 *
 * Handlers are shared by all applications of a process, and only the request tells them apart.
 */
export function applicationOfRequest(request: MaybeServed): Application | undefined {
  return request[APPLICATION];
}

/** Makes `application` serve `requests`: one, or all that have it as their prototype. */
export function serveRequests(requests: object, application: Application): void {
  Object.defineProperty(requests, APPLICATION, { value: application, configurable: true });
}

const ofHandlers = new WeakMap<object, Application>();

/**
 * The application that gets the messages for `handlers`, the class of a controller, gateway or resolver.
 *
 * Nothing in a message tells its application: where several share a class, it is the last one made.
 */
export function applicationOfHandlers(handlers: object): Application | undefined {
  return ofHandlers.get(handlers);
}

export function serveHandlers(handlers: object, application: Application): void {
  ofHandlers.set(handlers, application);
}
