import { shown } from '../errors/wording.js';
import { type BackgroundTaskOptions, RETRY_CALLBACKS } from './task-options.js';

/**
 * Refuses what a durable task of this name cannot take with it to a worker.
 *
 * @throws TypeError for callbacks among the options of retries.
 */
export function checkCarried({ retries }: BackgroundTaskOptions, taskName: string): void {
  const callback = callbackIn(retries);
  if (callback === undefined) return;
  throw new TypeError(
    `Cannot set \`retries.${callback}\` of the durable task \`${shown(taskName)}\`: a function cannot be stored, and the ` +
      'worker that makes the attempts may be another process. Take it out, and decide in the task itself.',
  );
}

function callbackIn(retries: BackgroundTaskOptions['retries']): string | undefined {
  if (typeof retries !== 'object') return undefined;
  return RETRY_CALLBACKS.find((name) => retries[name] !== undefined);
}
