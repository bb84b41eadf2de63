import type { BatchRunner } from '../batch/batch.js';

/** Where a request keeps its runner: itself, or its prototype. */
export const RUNNER = Symbol('nestjs-background-tasks.runner');

/**
 * The runner of the application that serves `request`, or `undefined` where the module is not imported.
 *
 * Handlers are shared by all applications of a process, and only the request tells them apart.
 */
export function runnerOf(request: object): BatchRunner | undefined {
  return (request as { readonly [RUNNER]?: BatchRunner })[RUNNER];
}

const ofMessages = new WeakMap<object, BatchRunner>();

/**
 * The runner of the application that got a message for `controller`, a controller or a gateway.
 *
 * Nothing in a message tells its application: where several share a class, it is the last one made.
 */
export function runnerOfMessages(controller: object): BatchRunner | undefined {
  return ofMessages.get(controller);
}

export function serveMessagesOf(controller: object, runner: BatchRunner): void {
  ofMessages.set(controller, runner);
}

/** Makes `runner` that of `requests`: of one, or of all that have it as their prototype. */
export function serveWith(requests: object, runner: BatchRunner): void {
  Object.defineProperty(requests, RUNNER, { value: runner, configurable: true });
}
