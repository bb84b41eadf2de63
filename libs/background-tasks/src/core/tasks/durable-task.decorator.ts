import { wrongValue } from '../errors/wording.js';

/** The names of durable methods, by the prototype that has the method and by its key. */
const names = new WeakMap<object, Map<string | symbol, string>>();

/** Their functions, as far as they are known: those cannot be handed over by themselves. */
const functions = new WeakMap<object, string>();

/** How many there are: while there is none, nothing is looked up. */
let count = 0;

/** A name that every store can keep. */
const LONGEST_NAME = 255;
// eslint-disable-next-line no-control-regex -- they are what is looked for
const NOT_STORABLE = /[\u0000-\u001f\ud800-\udfff]/u;

/**
 * Makes a method of a provider a durable task, `name` on the wire: with BullMQ or pg-boss it survives its process.
 *
 * Where the module of an engine is imported, a call of it that is added by target and name, as in
 * `addTask(this.mailer, 'sendWelcome', email)`, is stored before the response is sent, and made by a worker after it, at
 * least once. Without one, it runs in this process like any other task.
 *
 * Arguments are copied when the task is added, as JSON: what JSON would change, such as a `Date`, is refused there. The name
 * is what workers know the method by: it stays when the method is renamed, and no other method has it. Whoever may write to
 * the store of the engine can call the method with any arguments.
 *
 * Not for a static method, a property, or a provider that is request-scoped: a worker has no request.
 *
 * @throws TypeError for a name that is no text, and for what is no method.
 * @example
 * @Injectable()
 * class Mailer {
 *   @DurableTask('mail.welcome')
 *   async sendWelcome(email: string) { … }
 * }
 */
export function DurableTask(name: string) {
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME || NOT_STORABLE.test(name)) {
    throw wrongValue('name', `a text of 1 to ${LONGEST_NAME} characters, on one line`, name);
  }
  return function <T extends (...args: never[]) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<T>,
  ): void {
    const method: unknown = (descriptor as PropertyDescriptor | undefined)?.value;
    if (typeof target === 'function' || typeof method !== 'function') throw notForMethod(name, key);
    const ofClass = names.get(target) ?? new Map<string | symbol, string>();
    names.set(target, ofClass.set(written(key), name));
    functions.set(method, name);
    count++;
  };
}

/** Whether any method of this process is durable. */
export function hasDurableMethods(): boolean {
  return count > 0;
}

/**
 * The name that the method `key` of `target` has on the wire, if it is durable.
 *
 * Told by the level that has the method, so that decorators which put another function there change nothing; one that
 * overrides it without the decorator is an ordinary method.
 */
export function durableNameOf(target: object, key: PropertyKey): string | undefined {
  if (count === 0) return undefined;
  let level: object | null = target;
  while (level !== null && !Object.hasOwn(level, key)) level = Reflect.getPrototypeOf(level);
  return level === null ? undefined : names.get(level)?.get(written(key));
}

/** The name of the durable method whose function it is, as far as that is known. */
export function nameOfDurableFunction(fn: object): string | undefined {
  return count === 0 ? undefined : functions.get(fn);
}

/** The durable methods that instances of a class with this prototype have, inherited ones included, and their names. */
export function durableMethodsOf(prototype: object): Map<string | symbol, string> {
  const found = new Map<string | symbol, string>();
  for (let level: object | null = prototype; level !== null; level = Reflect.getPrototypeOf(level)) {
    for (const key of names.get(level)?.keys() ?? []) {
      const name = durableNameOf(prototype, key);
      if (name !== undefined) found.set(key, name);
    }
  }
  return found;
}

/** What decorators have put in the place of the method is known from now on, too. */
export function rememberDurableFunction(fn: object, name: string): void {
  functions.set(fn, name);
}

/** A method that is named by a number is one by its digits; compilers hand over either. */
function written(key: PropertyKey): string | symbol {
  return typeof key === 'number' ? String(key) : key;
}

function notForMethod(name: string, key: unknown): TypeError {
  const what = typeof key === 'string' || typeof key === 'symbol' ? `\`${String(key)}\`` : 'this';
  return new TypeError(
    `Cannot make ${what} the durable task \`${name}\`: @DurableTask() is for a method that instances have, not for a static ` +
      'one, a property, or an accessor; and TypeScript has to compile with `experimentalDecorators`.',
  );
}
