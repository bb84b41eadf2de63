import { isOfAnotherCopy, TWO_COPIES } from '../errors/other-copies.js';
import { described, shown } from '../errors/wording.js';
import { carriedArguments } from './carried-arguments.js';
import { durableNameOf, nameOfDurableFunction } from './durable-task.decorator.js';
import { leaveUnawaited } from './unawaited.js';

type Callable = (...args: unknown[]) => unknown;

/** What a durable task is to call, for whoever stores it. */
export interface DurableMethod {
  /** What it is a method of. */
  readonly target: object;
  /** Its name on the wire. */
  readonly name: string;
  /** The arguments as JSON: a list. */
  readonly carried: string;
  /** What they take. */
  readonly bytes: number;
}

/** What a task is to call later, and how it is called if nobody names it. */
export class PlannedCall {
  /** The function's name, or `Class.method`; a function may have none. */
  readonly name: string | undefined;
  /** Of a durable task. */
  readonly durable: DurableMethod | undefined;
  readonly #callable: Callable;
  readonly #self: unknown;
  readonly #args: readonly unknown[];

  constructor(
    name: string | undefined,
    callable: Callable,
    self: unknown,
    args: readonly unknown[],
    durable?: DurableMethod,
  ) {
    this.name = name;
    this.durable = durable;
    this.#callable = callable;
    this.#self = self;
    this.#args = args;
  }

  /** What it is called with: held by reference; of a durable task a copy, made anew each time, as a worker would get it. */
  get args(): readonly unknown[] {
    return this.durable === undefined ? this.#args : (JSON.parse(this.durable.carried) as unknown[]);
  }

  make(): unknown {
    return Reflect.apply(this.#callable, this.#self, this.args);
  }
}

/**
 * The call of `(fn, ...args)` or of `(target, method, ...args)`, which is durable if the method is, and the task may be.
 *
 * A promise among what cannot be planned, as in `addTask(send())`, is in nobody's hands then: that it rejects harms
 * nobody.
 *
 * @throws TypeError when what is to be called is no function.
 */
export function planCall(target: unknown, args: unknown[], mayBeDurable = true): PlannedCall {
  try {
    return isMethodCall(target, args) ? methodCall(target, args, mayBeDurable) : functionCall(target, args);
  } catch (error) {
    leaveUnawaited([target, ...args]);
    throw error;
  }
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
    if (isOfAnotherCopy(fn)) {
      throw new TypeError(`Cannot add ${described(fn)}: another copy of the library has made it. ${TWO_COPIES}`);
    }
    throw new TypeError(
      `Cannot make a background task of ${described(fn)}: it is no function. Pass the function and then its ` +
        "arguments, as in (send, email) and not (send(email)), or a target and a method, as in (mailer, 'send', email).",
    );
  }
  const durableName = nameOfDurableFunction(fn);
  if (durableName !== undefined) throw withoutTarget(nameOf(fn), durableName);
  return new PlannedCall(nameOf(fn), fn as Callable, undefined, args);
}

function withoutTarget(method: string | undefined, durableName: string): TypeError {
  const name = method ?? 'method';
  return new TypeError(
    `Cannot make a background task of \`${shown(name)}\`: it is the durable task \`${durableName}\`, and was handed over ` +
      `as a function, without what it is a method of. Pass the target and its name, as in (mailer, '${shown(name)}', email).`,
  );
}

function methodCall(target: object, [key, ...args]: unknown[], mayBeDurable: boolean): PlannedCall {
  const owner = nameOf(isClass(target) ? target : target.constructor) ?? 'Object';
  const name = `${owner}.${isKey(key) ? String(key) : described(key)}`;
  const method: unknown = isKey(key) ? Reflect.get(target, key) : undefined;
  if (typeof method !== 'function') {
    throw new TypeError(
      `Cannot make a background task of \`${shown(name)}\`: it is ${described(method)}, no method. ` +
        'Pass the target and the name of one of its methods.',
    );
  }
  const durableName = mayBeDurable ? durableNameOf(target, key as PropertyKey) : undefined;
  if (durableName === undefined) return new PlannedCall(name, method as Callable, target, args);
  const carried = carriedArguments(args, name);
  const durable = { target, name: durableName, carried, bytes: Buffer.byteLength(carried) };
  return new PlannedCall(name, method as Callable, target, [], durable);
}

function isKey(value: unknown): value is PropertyKey {
  return typeof value === 'string' || typeof value === 'symbol' || typeof value === 'number';
}

/** What a function or a class is called, if that is a text: anything may have been written over it. */
function nameOf(named: { readonly name?: unknown } | undefined): string | undefined {
  const name = named?.name;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
