import { type PlannedCall, planCall } from './planned-call.js';
import { type BackgroundTaskOptions, mergeTaskOptions, tooLateError } from './task-options.js';

/** The names of the methods of `T`. */
export type MethodKeys<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never;
}[keyof T];

/** The parameters of the method `K` of `T`. */
export type MethodParameters<T, K> = K extends keyof T
  ? T[K] extends (...args: infer A) => unknown
    ? A
    : never
  : never;

/**
 * One function call, written down now and made after the response.
 *
 * The function may be sync or async, and whatever thenable it returns is awaited. Arguments are held
 * by reference: pass a copy if you mean to change the original. The idea is Starlette's
 * `BackgroundTask`.
 *
 * @example
 * res.background = new BackgroundTask(sendWelcome, email);
 * res.background = new BackgroundTask(mailer, 'sendWelcome', email);
 */
// eslint-disable-next-line typescript/no-unsafe-declaration-merging -- the class inside is another of that name
export interface BackgroundTask {
  /** The function's name, `Class.method`, or `anonymous`, unless `with({ name })` gave another. */
  readonly name: string;

  /**
   * Sets options of this task and returns it.
   *
   * @throws Error once the task has started: it is too late then.
   * @throws TypeError for an option or a value that does not exist.
   */
  with(options: BackgroundTaskOptions): this;

  /** Makes the call now; rejects with what it throws. */
  run(): Promise<void>;
}

/**
 * How tasks are made, and what classes of tasks extend.
 *
 * Type parameters tell a wrong argument. They are those of the constructor, and a class could not have them for it
 * alone (TS1092): so it is declared as JavaScript's own classes are, an interface and its constructor. A class that
 * extends it names the parameters that its call is checked against, as in `extends BackgroundTask<[email: string]>`.
 */
/* eslint-disable no-unused-vars, typescript/no-explicit-any -- a class that extends it gets one set of parameters for all
   overloads; where it names none, super() takes whatever the function may be called with */
export interface BackgroundTaskConstructor {
  readonly prototype: BackgroundTask;

  /** @throws TypeError when what is to be called is no function. */
  new <A extends unknown[] = any[], T = any[] extends A ? any : unknown, K extends PropertyKey = PropertyKey>(
    fn: (...args: A) => unknown,
    ...args: A
  ): BackgroundTask;
  new <A extends unknown[] = any[], T = any[] extends A ? any : unknown, K extends PropertyKey = PropertyKey>(
    target: T,
    method: K & MethodKeys<T>,
    ...args: MethodParameters<T, K>
  ): BackgroundTask;
  // the keys of the polymorphic `this` cannot be listed: within a class, the target is matched by its method
  new <A extends unknown[] = any[], T = any[] extends A ? any : unknown, K extends PropertyKey = PropertyKey>(
    target: Record<K, (...args: A) => unknown>,
    method: K,
    ...args: A
  ): BackgroundTask;
}
/* eslint-enable no-unused-vars, typescript/no-explicit-any */

/** What the library may do with a task, and its users may not: a friend of the class. */
interface Friend {
  argsOf(task: BackgroundTask): readonly unknown[];
  optionsOf(task: BackgroundTask): BackgroundTaskOptions;
  start(task: BackgroundTask): Promise<void> | undefined;
}

let friend: Friend;

export const BackgroundTask: BackgroundTaskConstructor = class BackgroundTask {
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
    function own(task: object): BackgroundTask {
      if (#call in task) return task;
      throw new TypeError('Cannot use a BackgroundTask that the constructor of this class has not made.');
    }
  }

  constructor(target: unknown, ...args: unknown[]) {
    this.#call = planCall(target, args);
    this.#options = { name: this.#call.name };
  }

  get name(): string {
    return this.#options.name ?? 'anonymous';
  }

  with(options: BackgroundTaskOptions): this {
    const merged = mergeTaskOptions(this.#options, options);
    if (this.#hasStarted) throw tooLateError(this.name);
    this.#options = merged;
    return this;
  }

  async run(): Promise<void> {
    await this.#start();
  }

  #startOrRun(): Promise<void> | undefined {
    // whoever overrides run() in a class of their own means it to be what runs
    return this.run === BackgroundTask.prototype.run ? this.#start() : awaited(this.run());
  }

  #start(): Promise<void> | undefined {
    this.#hasStarted = true;
    const result = this.#call.make();
    return isThenable(result) ? awaited(result) : undefined;
  }
};

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
  return isObject && 'then' in value && typeof value.then === 'function';
}

/** Awaited here, so that a lazy thenable begins its work in the async context of its task. */
async function awaited(thenable: PromiseLike<unknown>): Promise<void> {
  await thenable;
}
