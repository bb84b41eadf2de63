import { described } from '../errors/background-tasks.errors.js';
import { type BackgroundTaskOptions, checkTaskOptions } from './task-options.js';

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
 * @throws TypeError when what is to be called is no function.
 *
 * @example
 * res.background = new BackgroundTask(sendWelcome, email);
 * res.background = new BackgroundTask(mailer, 'sendWelcome', email);
 */
export class BackgroundTask<A extends unknown[] = unknown[], T = unknown, K extends PropertyKey = PropertyKey> {
  readonly #call: () => unknown;
  /**
   * What the function is called with.
   *
   * @internal
   */
  readonly args: readonly unknown[];
  #options: BackgroundTaskOptions;
  #hasStarted = false;

  constructor(fn: (...args: A) => unknown, ...args: A);
  constructor(target: T, method: K & MethodKeys<T>, ...args: MethodParameters<T, K>);
  // the keys of the polymorphic `this` cannot be listed: within a class, the target is matched by its method
  constructor(target: Record<K, (...args: A) => unknown>, method: K, ...args: A);
  constructor(target: unknown, ...args: unknown[]) {
    const call = isMethodCall(target, args) ? methodCall(target, args) : functionCall(target, args);
    this.#options = { name: call.name };
    this.args = call.args;
    this.#call = call.make;
  }

  /** The function's name, `Class.method`, or `anonymous`, unless `with({ name })` gave another. */
  get name(): string {
    return this.#options.name ?? 'anonymous';
  }

  /**
   * What `with()` has set so far.
   *
   * @internal
   */
  get options(): BackgroundTaskOptions {
    return this.#options;
  }

  /**
   * Sets options of this task and returns it.
   *
   * @throws Error once the task has started: it is too late then.
   * @throws TypeError for an option or a value that does not exist.
   */
  with(options: BackgroundTaskOptions): this {
    checkTaskOptions(options);
    if (this.#hasStarted) {
      throw new Error(
        `Cannot set options of the background task \`${this.name}\`: it has already started. ` +
          'Call with() when the task is added.',
      );
    }
    const { name, runOn, timeout, retries } = this.#options;
    this.#options = {
      name: options.name ?? name,
      runOn: options.runOn ?? runOn,
      timeout: options.timeout ?? timeout,
      retries: options.retries ?? retries,
    };
    return this;
  }

  /** Makes the call now; rejects with what it throws. */
  async run(): Promise<void> {
    await this.#start();
  }

  /**
   * Makes the call like `run()`, without the cost of a promise where the function gave none.
   *
   * Unlike `run()`, it throws what the function throws at once.
   *
   * @internal
   */
  start(): Promise<void> | undefined {
    // whoever overrides run() in a class of their own means it to be what runs
    return this.run === BackgroundTask.prototype.run ? this.#start() : settled(this.run());
  }

  #start(): Promise<void> | undefined {
    this.#hasStarted = true;
    const result = this.#call();
    return isThenable(result) ? settled(result) : undefined;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof (value as { then?: unknown }).then === 'function';
}

/** Awaited here, so that a lazy thenable begins its work in the async context of its task. */
async function settled(thenable: PromiseLike<unknown>): Promise<void> {
  await thenable;
}

interface NamedCall {
  readonly name: string | undefined;
  readonly args: readonly unknown[];
  readonly make: () => unknown;
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

function functionCall(fn: unknown, args: unknown[]): NamedCall {
  if (typeof fn !== 'function' || isClass(fn)) {
    throw new TypeError(
      `Cannot make a background task of ${described(fn)}: it is no function. Pass the function and then its ` +
        "arguments, as in (send, email) and not (send(email)), or a target and a method, as in (mailer, 'send', email).",
    );
  }
  return { name: fn.name || undefined, args, make: () => Reflect.apply(fn, undefined, args) };
}

function methodCall(target: object, [key, ...args]: unknown[]): NamedCall {
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
