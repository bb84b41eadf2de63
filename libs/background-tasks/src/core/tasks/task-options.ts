import type { Options } from 'p-retry';
import { nearest } from '../errors/nearest.js';
import { shown, wrongValue } from '../errors/wording.js';

/** Which end of the response a task is for. */
export type RunOn = 'success' | 'failure' | 'always';

/** The options of [p-retry](https://github.com/sindresorhus/p-retry), which does the waiting; `signal` is the drain's. */
export type RetryOptions = Omit<Options, 'signal'>;

/** What can be said about a task beside its call; each field is optional. */
export interface BackgroundTaskOptions {
  /** The name in log lines and reports. @default the function's name, `Class.method`, or `anonymous` */
  name?: string;
  /** Which end of the response the task is for. @default 'success' */
  runOn?: RunOn;
  /**
   * Milliseconds one attempt may take; then its signal aborts and the attempt has failed.
   *
   * It begins with the attempt, its synchronous part included. JavaScript cannot stop a function from outside: one that
   * does not listen to its signal runs on, and nobody waits for it; and one that blocks the event loop until it has
   * ended, however long, has succeeded. `Infinity` is no limit.
   *
   * @default Infinity
   */
  timeout?: number;
  /**
   * Attempts after the first: how many, or the options of p-retry.
   *
   * Whatever the task throws is tried again, after 1 s, 2 s, 4 s …, each up to twice as long by chance.
   *
   * @default 0
   */
  retries?: number | RetryOptions;
}

/** Those that make sense for more than one task. */
export type SharedTaskOptions = Omit<BackgroundTaskOptions, 'name'>;

const RUN_ON: readonly unknown[] = ['success', 'failure', 'always'];
/** The numbers among the options of p-retry, and whether it takes `Infinity` for them. */
const RETRY_NUMBERS = { factor: false, minTimeout: false, maxTimeout: true, maxRetryTime: true };
const RETRY_SWITCHES = ['randomize', 'unref'] as const;
export const RETRY_CALLBACKS = ['onFailedAttempt', 'shouldRetry', 'shouldConsumeRetry'] as const;
const RETRY_OPTIONS = ['retries', ...RETRY_SWITCHES, ...RETRY_CALLBACKS, ...Object.keys(RETRY_NUMBERS)];

/** What is wrong with the value of an option, if anything is. */
type Check = (value: never, name: string) => void;

const CHECKS: Record<keyof BackgroundTaskOptions, Check> = {
  name: checkName,
  runOn: checkRunOn,
  timeout: checkTimeout,
  retries: checkRetries,
};

const NAMES = Object.keys(CHECKS);
/** Without `name`, which is for one task. */
const SHARED_NAMES = NAMES.filter((name) => name !== 'name');

/**
 * Checks options of a task, or those that are said `within` another option, for all tasks.
 *
 * @throws TypeError for an option or a value that does not exist.
 */
export function checkTaskOptions(options: BackgroundTaskOptions, within?: string): void {
  const names = within === undefined ? NAMES : SHARED_NAMES;
  checkKnown(within ?? 'options', options, names);
  for (const name of names as Array<keyof BackgroundTaskOptions>) {
    const value = options[name];
    if (value !== undefined) CHECKS[name](value as never, within === undefined ? name : `${within}.${name}`);
  }
}

/**
 * What holds of a task when `added` is said after `said`.
 *
 * @throws TypeError for an option or a value that does not exist.
 */
export function mergeTaskOptions(said: BackgroundTaskOptions, added: BackgroundTaskOptions): BackgroundTaskOptions {
  checkTaskOptions(added);
  return {
    name: added.name ?? said.name,
    runOn: added.runOn ?? said.runOn,
    timeout: added.timeout ?? said.timeout,
    retries: added.retries ?? said.retries,
  };
}

/** Each of the options that hold for a task: as said of it, or else as in `general`. */
export function withGeneral(
  said: SharedTaskOptions,
  general: Required<SharedTaskOptions>,
): Required<SharedTaskOptions> {
  // of most tasks, nothing is said
  if (said.runOn === undefined && said.timeout === undefined && said.retries === undefined) return general;
  return {
    runOn: said.runOn ?? general.runOn,
    timeout: said.timeout ?? general.timeout,
    retries: said.retries ?? general.retries,
  };
}

/** For options that are set once the task of this name has started. */
export function tooLateError(name: string): Error {
  return new Error(
    `Cannot set options of the background task \`${shown(name)}\`: it has already started. Call with() when the task is added.`,
  );
}

/**
 * Checks the names of the fields that `options` has; `nested` are those of fields that belong further inside.
 *
 * @throws TypeError when `options` is no object, or has a field that is not among `known`.
 */
export function checkKnown(
  what: string,
  options: object,
  known: readonly string[],
  nested: readonly string[] = [],
): void {
  if (typeof options !== 'object' || options === null) throw wrongValue(what, 'an object', options);
  const wrong = keysOf(what, options).find((key) => !known.includes(key));
  if (wrong === undefined) return;
  const { message } = wrongValue(what, `made of ${known.map((name) => `\`${name}\``).join(', ')}`, options);
  const meant = nested.find((name) => name.endsWith(`.${wrong}`)) ?? nearest(wrong, known);
  const question = meant === undefined ? '' : ` Did you mean \`${meant}\`?`;
  throw new TypeError(`${message} There is no \`${wrong}\`.${question}`);
}

function keysOf(what: string, options: object): string[] {
  try {
    return Object.keys(options);
  } catch {
    throw wrongValue(what, 'an object whose fields can be read', options);
  }
}

function checkName(value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '') throw wrongValue(name, 'a string that is not empty', value);
}

function checkRunOn(value: unknown, name: string): void {
  if (!RUN_ON.includes(value)) throw wrongValue(name, '`success`, `failure` or `always`', value);
}

function checkTimeout(value: unknown, name: string): void {
  if (typeof value !== 'number' || !(value > 0)) throw wrongValue(name, 'milliseconds above 0', value);
}

function checkRetries(value: number | RetryOptions, name: string): void {
  if (typeof value === 'object' && value !== null) return checkRetryOptions(value, name);
  if (!isCount(value)) throw wrongValue(name, 'a whole number from 0, or the options of p-retry', value);
}

function checkRetryOptions(options: RetryOptions, within: string): void {
  checkKnown(within, options, RETRY_OPTIONS);
  const { retries } = options;
  if (retries !== undefined && !isCount(retries)) {
    throw wrongValue(`${within}.retries`, 'a whole number from 0', retries);
  }
  checkTypes(options, within, RETRY_SWITCHES, 'boolean', '`true` or `false`');
  checkTypes(options, within, RETRY_CALLBACKS, 'function', 'a function');
  for (const [name, mayBeInfinite] of Object.entries(RETRY_NUMBERS)) {
    const value: unknown = options[name as keyof typeof RETRY_NUMBERS];
    if (value === undefined || (typeof value === 'number' && value >= 0 && (mayBeInfinite || value < Infinity)))
      continue;
    throw wrongValue(`${within}.${name}`, mayBeInfinite ? 'a number from 0' : 'a finite number from 0', value);
  }
}

function checkTypes<T extends object>(
  options: T,
  within: string,
  names: ReadonlyArray<keyof T & string>,
  type: string,
  expected: string,
): void {
  for (const name of names) {
    const value = options[name];
    if (value !== undefined && typeof value !== type) throw wrongValue(`${within}.${name}`, expected, value);
  }
}

/** Whether `value` can count something; `Infinity` can. */
export function isCount(value: unknown): boolean {
  return value === Infinity || (Number.isInteger(value) && (value as number) >= 0);
}
