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
  const resolved = { ...DEFAULT_OPTIONS, ...given(options), defaults: resolveTaskDefaults(options.defaults) };
  checkOptions(resolved);
  return resolved;
}

/** Only `undefined` means that an option is not given. */
function given(options: BackgroundTasksModuleOptions): Partial<ResolvedOptions> {
  const values = OPTIONS.map((name) => [name, options[name as keyof BackgroundTasksModuleOptions]] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function resolveTaskDefaults(defaults: SharedTaskOptions = {}): ResolvedOptions['defaults'] {
  if (typeof defaults !== 'object' || defaults === null) throw wrongValue('defaults', 'an object', defaults);
  if ('name' in defaults) throw wrongValue('defaults', 'without `name`, which is for one task', defaults);
  checkTaskOptions(defaults, 'defaults');
  return withGeneral(defaults, DEFAULT_OPTIONS.defaults);
}
