import { described } from '../errors/wording.js';
import type { TaskConstructor } from './task-constructor.js';
import { type BackgroundTaskOptions, mergeTaskOptions, tooLateError } from './task-options.js';

/** What the library may do with a task, and its users may not: a friend of the class. */
interface Friend {
  argsOf(task: BackgroundTask): readonly unknown[];
  optionsOf(task: BackgroundTask): BackgroundTaskOptions;
  start(task: BackgroundTask): Promise<void> | undefined;
}

let friend: Friend;

/** What `BackgroundTask` is: its constructor is another, since that has type parameters. */
class Task {
  /** Of tasks as everybody knows them. */
  static readonly name = 'BackgroundTask';

  readonly #call: PlannedCall;
  #options: BackgroundTaskOptions;
  #hasStarted = false;

  static {
    friend = {
      argsOf: (task) => own(task).#call.args,
      optionsOf: (task) => own(task).#options,
      start: (task) => own(task).#startOrRun(),
    };
    /** What was made here, which is what alone has these fields. */
    function own(task: object): Task {
      if (#call in task) return task;
      throw new TypeError('Cannot use a BackgroundTask that the constructor of this class has not made.');
    }
  }

  constructor(target: unknown, ...args: unknown[]) {
    this.#call = planCall(target, args);
    this.#options = { name: this.#call.name };
  }

  /** The function's name, `Class.method`, or `anonymous`, unless `with({ name })` gave another. */
  get name(): string {
    return this.#options.name ?? 'anonymous';
  }

  /**
   * Sets options of this task and returns it.
   *
   * @throws Error once the task has started: it is too late then.
   * @throws TypeError for an option or a value that does not exist.
   */
  with(options: BackgroundTaskOptions): this {
    const merged = mergeTaskOptions(this.#options, options);
    if (this.#hasStarted) throw tooLateError(this.name);
    this.#options = merged;
    return this;
  }

  /** Makes the call now; rejects with what it throws. */
  async run(): Promise<void> {
    await this.#start();
  }

  #startOrRun(): Promise<void> | undefined {
    // whoever overrides run() in a class of their own means it to be what runs
    return this.run === Task.prototype.run ? this.#start() : awaited(this.run());
  }

  #start(): Promise<void> | undefined {
    this.#hasStarted = true;
    const result = this.#call.make();
    return isThenable(result) ? awaited(result) : undefined;
  }
}

/**
 * One function call, written down now and made after the response.
 *
 * The function may be sync or async, and whatever thenable it returns is awaited. Arguments are held
 * by reference: pass a copy if you mean to change the original. The idea is Starlette's
 * `BackgroundTask`.
 *
 * No other type has its private fields: what merely looks like a task is none.
 *
 * @example
 * res.background = new BackgroundTask(sendWelcome, email);
 * res.background = new BackgroundTask(mailer, 'sendWelcome', email);
 */
export interface BackgroundTask extends Task {}

export const BackgroundTask: TaskConstructor<BackgroundTask> = Task;

/** What the function of `task` is called with. */
export function argsOf(task: BackgroundTask): readonly unknown[] {
  return friend.argsOf(task);
}

/** What `with()` has said of `task` so far. */
export function optionsOf(task: BackgroundTask): BackgroundTaskOptions {
  return friend.optionsOf(task);
}

/**
 * Makes the call of `task` like `run()`, without the cost of a promise where the function gave none.
 *
 * Unlike `run()`, it throws what the function throws at once.
 */
export function startTask(task: BackgroundTask): Promise<void> | undefined {
  return friend.start(task);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  // asked for, not looked for: a proxy may answer what it does not have
  return isObject && typeof (value as { readonly then?: unknown }).then === 'function';
}

/** Awaited here, so that a lazy thenable begins its work in the async context of its task. */
async function awaited(thenable: PromiseLike<unknown>): Promise<void> {
  await thenable;
}

/** What a task is to call later, and how it is called if nobody names it. */
interface PlannedCall {
  /** The function's name, or `Class.method`; a function may have none. */
  readonly name: string | undefined;
  /** What it is called with, held by reference. */
  readonly args: readonly unknown[];
  readonly make: () => unknown;
}

/**
 * The call of `(fn, ...args)` or of `(target, method, ...args)`.
 *
 * @throws TypeError when what is to be called is no function.
 */
export function planCall(target: unknown, args: unknown[]): PlannedCall {
  return isMethodCall(target, args) ? methodCall(target, args) : functionCall(target, args);
}

/** A function is called itself, but a class cannot be: there the second argument names a static method. */
function isMethodCall(target: unknown, [method]: unknown[]): target is object {
  if (target === null || method === undefined) return false;
  return typeof target === 'object' || isClass(target);
}

function isClass(value: unknown): value is new (...args: never[]) => unknown {
  if (typeof value !== 'function') return false;
  // its source says it; but that is slow, and most functions are told from a class by this
  const isPerhaps = Reflect.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
  return isPerhaps && /^class\b/.test(Function.prototype.toString.call(value));
}

function functionCall(fn: unknown, args: unknown[]): PlannedCall {
  if (typeof fn !== 'function' || isClass(fn)) {
    throw new TypeError(
      `Cannot make a background task of ${described(fn)}: it is no function. Pass the function and then its ` +
        "arguments, as in (send, email) and not (send(email)), or a target and a method, as in (mailer, 'send', email).",
    );
  }
  return { name: fn.name || undefined, args, make: () => Reflect.apply(fn, undefined, args) };
}

function methodCall(target: object, [key, ...args]: unknown[]): PlannedCall {
  const owner = isClass(target) ? target.name : (target.constructor?.name ?? 'Object');
  const name = `${owner}.${String(key)}`;
  const method: unknown = Reflect.get(target, key as PropertyKey);
  if (typeof method !== 'function') {
    throw new TypeError(
      `Cannot make a background task of \`${name}\`: it is ${described(method)}, no method. ` +
        'Pass the target and the name of one of its methods.',
    );
  }
  return { name, args, make: () => Reflect.apply(method, target, args) };
}
