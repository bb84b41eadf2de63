import { wrongValue } from '../core/errors/wording.js';
import { checkKnown, checkTaskOptions, isCount } from '../core/tasks/task-options.js';
import { checkCarried } from '../core/tasks/carried-options.js';
import type { RetryNumbers } from './engine.js';

/** How long something is kept once it is over. */
export interface Retention {
  /** Milliseconds. */
  age?: number;
  /** How many at most, the latest first. @default none */
  count?: number;
}

/** What holds for a step of which `with()` says nothing. */
export interface StepDefaults {
  /** Attempts after the first, or the numbers of p-retry. @default 3 */
  retries?: number | RetryNumbers;
  /** Milliseconds one attempt may take; then its signal aborts and the attempt has failed. @default 900_000 */
  timeout?: number;
}

/** What the modules of all engines take. */
export interface DurableTasksOptions {
  /** Whether this process runs batches; `false`: it stores them, and others run them. @default true */
  worker?: boolean;
  /** The name of the queue: all processes of an application have the same. @default 'background-tasks' */
  queue?: string;
  /** Batches that run at once in this process. @default 10 */
  concurrency?: number;
  /** For durable tasks, in place of the `timeout` and `retries` among the `defaults` of `BackgroundTasksModule`. */
  defaults?: StepDefaults;
  /**
   * Milliseconds that a stored batch is held for a response whose process has died; then a worker runs it. While the
   * response lasts, that is prolonged. At least twice `submitTimeout`.
   *
   * @default 30_000
   */
  hold?: number;
  /** Milliseconds that a response waits for its batch to be stored; then the client gets 503. @default 2_000 */
  submitTimeout?: number;
  /** Milliseconds until an application that cannot reach its engine gives up starting. @default 10_000 */
  startTimeout?: number;
  /** Milliseconds that a worker which is silent keeps its batches: one that has died, or blocks its event loop. */
  lease?: number;
  /** Milliseconds between looks for such workers. */
  checkEvery?: number;
  /** How many workers one batch may take down before it is failed. @default 10 */
  maxCrashes?: number;
  /** Bytes that the arguments of a batch and what `carry` returns may take. @default 262_144 */
  maxPayload?: number;
  /** Of batches that are done. @default { age: 3_600_000, count: 1_000 } */
  keepCompleted?: Retention;
  /** Of batches that have failed. @default { age: 2_592_000_000 } */
  keepFailed?: Retention;
  /**
   * What travels with a batch, as `currentTask().carried`: called where it is stored, in the async context of the code
   * that added its last task. Ids of requests, tenants, languages; all of it is text.
   *
   * @default none
   */
  carry?: () => Record<string, string>;
}

type Given = Required<Omit<DurableTasksOptions, 'carry' | 'defaults'>>;

/** Those of an application, complete. */
export interface ResolvedDurableOptions extends Given {
  readonly defaults: Required<StepDefaults>;
  readonly carry: (() => Record<string, string>) | undefined;
}

/** What differs from engine to engine. */
export interface EngineDefaults {
  readonly lease: number;
  readonly checkEvery: number;
  /** The shortest lease that the engine can keep. */
  readonly shortestLease: number;
  /** The names of its own options. */
  readonly options: readonly string[];
}

const DEFAULTS: Omit<ResolvedDurableOptions, 'lease' | 'checkEvery'> = {
  worker: true,
  queue: 'background-tasks',
  concurrency: 10,
  defaults: { retries: 3, timeout: 900_000 },
  hold: 30_000,
  submitTimeout: 2_000,
  startTimeout: 10_000,
  maxCrashes: 10,
  maxPayload: 262_144,
  keepCompleted: { age: 3_600_000, count: 1_000 },
  keepFailed: { age: 2_592_000_000 },
  carry: undefined,
};

const NAMES = [...Object.keys(DEFAULTS), 'lease', 'checkEvery'];
const MILLISECONDS = ['hold', 'submitTimeout', 'startTimeout', 'lease', 'checkEvery'] as const;
const COUNTS = ['concurrency', 'maxCrashes', 'maxPayload'] as const;

/**
 * The options as given, with the defaults for what was not.
 *
 * @throws TypeError for an option or a value that does not exist.
 */
export function resolveDurableOptions(given: DurableTasksOptions, engine: EngineDefaults): ResolvedDurableOptions {
  if (typeof given !== 'object' || given === null) throw wrongValue('options', 'an object', given);
  // a connection may be a text with a password in it
  const shown = 'connection' in given ? { ...given, connection: {} } : given;
  checkKnown('options', shown, [...NAMES, ...engine.options]);
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const { lease, checkEvery } = engine;
  const resolved: ResolvedDurableOptions = { ...DEFAULTS, lease, checkEvery, ...said };
  checkDefaults(resolved.defaults);
  const defaults = { ...DEFAULTS.defaults, ...resolved.defaults };
  checkNumbers(resolved, engine);
  checkOthers(resolved);
  return { ...resolved, defaults };
}

function checkNumbers(options: ResolvedDurableOptions, { shortestLease }: EngineDefaults): void {
  for (const name of MILLISECONDS) {
    if (!isFiniteAbove0(options[name])) throw wrongValue(name, 'milliseconds above 0', options[name]);
  }
  for (const name of COUNTS) {
    const value = options[name];
    if (!isCount(value) || value === 0 || value === Infinity) throw wrongValue(name, 'a whole number above 0', value);
  }
  if (options.hold < 2 * options.submitTimeout) {
    throw wrongValue('hold', `at least twice \`submitTimeout\`, ${2 * options.submitTimeout} ms`, options.hold);
  }
  if (options.lease < shortestLease) throw wrongValue('lease', `at least ${shortestLease} milliseconds`, options.lease);
}

function checkOthers({ worker, queue, carry, keepCompleted, keepFailed }: ResolvedDurableOptions): void {
  if (typeof worker !== 'boolean') throw wrongValue('worker', '`true` or `false`', worker);
  if (typeof queue !== 'string' || !/^[\w.-]{1,50}$/.test(queue)) {
    throw wrongValue('queue', 'a name of at most 50 letters, digits, dots and hyphens', queue);
  }
  if (carry !== undefined && typeof carry !== 'function') throw wrongValue('carry', 'a function', carry);
  checkRetention(keepCompleted, 'keepCompleted');
  checkRetention(keepFailed, 'keepFailed');
}

function checkRetention(retention: Retention, name: string): void {
  if (typeof retention !== 'object' || retention === null) throw wrongValue(name, 'an object', retention);
  checkKnown(name, retention, ['age', 'count']);
  const { age, count } = retention;
  if (age !== undefined && !isFiniteAbove0(age)) throw wrongValue(`${name}.age`, 'milliseconds above 0', age);
  if (count !== undefined && (!isCount(count) || count === Infinity)) {
    throw wrongValue(`${name}.count`, 'a whole number from 0', count);
  }
}

function checkDefaults(defaults: StepDefaults): void {
  if (typeof defaults !== 'object' || defaults === null) throw wrongValue('defaults', 'an object', defaults);
  if ('runOn' in defaults)
    throw wrongValue('defaults', 'without `runOn`: that of BackgroundTasksModule holds', defaults);
  checkTaskOptions(defaults, 'defaults');
  checkCarried(defaults, 'defaults');
}

function isFiniteAbove0(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value < Infinity;
}
