/** Any method, of any object. */
export type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;

/** A method of one object, in whose place another stands for a while: compression and sessions do the same there. */
export class ReplacedMethod {
  /** What was there before. */
  readonly original: AnyMethod;
  readonly #object: object;
  readonly #key: string;
  readonly #own: PropertyDescriptor | undefined;
  readonly #replacement: AnyMethod;

  constructor(object: object, key: string, replacement: AnyMethod) {
    this.original = Reflect.get(object, key) as AnyMethod;
    this.#object = object;
    this.#key = key;
    this.#own = Reflect.getOwnPropertyDescriptor(object, key);
    this.#replacement = replacement;
    Object.defineProperty(object, key, { value: replacement, configurable: true, writable: true });
  }

  /** Where somebody has put something on top, that stays, and goes on to call what should pass everything on by now. */
  restore(): void {
    if (Reflect.get(this.#object, this.#key) !== this.#replacement) return;
    if (this.#own === undefined) Reflect.deleteProperty(this.#object, this.#key);
    else Object.defineProperty(this.#object, this.#key, this.#own);
  }
}
