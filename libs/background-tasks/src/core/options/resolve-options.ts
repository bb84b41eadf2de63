import { wrongValue } from '../errors/wording.js';
import { checkKnown, checkTaskOptions, type SharedTaskOptions, withGeneral } from '../tasks/task-options.js';
import {
  type BackgroundTasksModuleOptions,
  DEFAULT_OPTIONS,
  NESTED_OPTIONS,
  OPTIONS,
  type ResolvedOptions,
} from './background-tasks.options.js';
import { checkObject, checkOptions } from './option-checks.js';

/**
 * The options as given, with the defaults for what was not.
 *
 * @throws TypeError for an option or a value that does not exist.
 */
export function resolveOptions(options: BackgroundTasksModuleOptions): ResolvedOptions {
  checkObject(options);
  if ('scope' in options) throw wrongValue('scope', 'beside the factory, not in what it returns', options.scope);
  checkKnown('options', options, OPTIONS, NESTED_OPTIONS);
  const resolved = {
    onFailure: options.onFailure ?? DEFAULT_OPTIONS.onFailure,
    defaults: resolveTaskDefaults(options.defaults ?? {}),
    concurrency: options.concurrency ?? DEFAULT_OPTIONS.concurrency,
    maxPending: options.maxPending ?? DEFAULT_OPTIONS.maxPending,
    shutdownTimeout: options.shutdownTimeout ?? DEFAULT_OPTIONS.shutdownTimeout,
    slowSyncWarning: options.slowSyncWarning ?? DEFAULT_OPTIONS.slowSyncWarning,
    interceptors: options.interceptors ?? DEFAULT_OPTIONS.interceptors,
    bind: options.bind ?? DEFAULT_OPTIONS.bind,
    waitUntil: options.waitUntil ?? DEFAULT_OPTIONS.waitUntil,
  };
  checkOptions(resolved);
  return resolved;
}

function resolveTaskDefaults(defaults: SharedTaskOptions): ResolvedOptions['defaults'] {
  if (typeof defaults !== 'object') throw wrongValue('defaults', 'an object', defaults);
  if ('name' in defaults) throw wrongValue('defaults', 'without `name`, which is for one task', defaults);
  checkTaskOptions(defaults, 'defaults');
  return withGeneral(defaults, DEFAULT_OPTIONS.defaults);
}
