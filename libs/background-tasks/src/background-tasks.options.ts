import { checkTaskOptions, type BackgroundTaskOptions } from './background-task.js';
import { wrongValue } from './background-tasks.errors.js';

/** What `BackgroundTasksModule.forRoot()` takes; each field is optional. */
export interface BackgroundTasksModuleOptions {
  /** What happens to the tasks after a failed one: `stop` skips them, `continue` runs them. @default 'stop' */
  onFailure?: 'stop' | 'continue';
  /** Options for every task that does not set them itself. @default {} */
  defaults?: Omit<BackgroundTaskOptions, 'name'>;
}

/** The options with every field decided. */
export interface ResolvedOptions {
  readonly onFailure: 'stop' | 'continue';
  readonly defaults: Required<Omit<BackgroundTaskOptions, 'name'>>;
}

export const DEFAULT_OPTIONS: ResolvedOptions = { onFailure: 'stop', defaults: { runOn: 'success' } };

const KNOWN_OPTIONS: readonly string[] = Object.keys(DEFAULT_OPTIONS);

/**
 * The options as given, with the defaults for what was not.
 *
 * @throws TypeError for an option or a value that does not exist.
 */
export function resolveOptions(options: BackgroundTasksModuleOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) throw wrongValue('options', 'an object', options);
  for (const key of Object.keys(options)) {
    if (!KNOWN_OPTIONS.includes(key)) throw wrongValue('options', 'made of `onFailure` and `defaults`', options);
  }
  const onFailure = options.onFailure ?? DEFAULT_OPTIONS.onFailure;
  if (onFailure !== 'stop' && onFailure !== 'continue') {
    throw wrongValue('onFailure', '`stop` or `continue`', onFailure);
  }
  return { onFailure, defaults: resolveTaskDefaults(options.defaults ?? {}) };
}

function resolveTaskDefaults(defaults: BackgroundTaskOptions): ResolvedOptions['defaults'] {
  if (typeof defaults !== 'object') throw wrongValue('defaults', 'an object', defaults);
  if ('name' in defaults) throw wrongValue('defaults', 'without `name`, which is for one task', defaults);
  checkTaskOptions(defaults);
  return { runOn: defaults.runOn ?? DEFAULT_OPTIONS.defaults.runOn };
}
