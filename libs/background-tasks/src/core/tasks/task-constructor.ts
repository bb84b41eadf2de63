/** The names of the methods of `T`. */
export type MethodKeys<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never;
}[keyof T];

/** What is called itself, whatever is named after it: no target of a method. A class is one, for its static methods. */
type Callable = (...args: never[]) => unknown;

/** What `T` has to be beside itself, to have a method called. */
export type MethodTarget<T> = T extends Callable ? never : unknown;

/** No function: only those have it. */
export interface NoFunction {
  readonly [Symbol.hasInstance]?: never;
}

/** The parameters of the method `K` of `T`. */
export type MethodParameters<T, K> = K extends keyof T
  ? T[K] extends (...args: infer A) => unknown
    ? A
    : never
  : never;

/**
 * How tasks are made, and what classes of tasks extend.
 *
 * Type parameters tell a wrong argument. They are those of the constructor, and a class could not have them for it
 * alone (TS1092): so it is declared as JavaScript's own classes are, an interface and its constructor. A class that
 * extends it names the parameters that its call is checked against, as in `extends BackgroundTask<[email: string]>`.
 */
/* eslint-disable no-unused-vars, typescript/no-explicit-any -- a class that extends it gets one set of parameters for all
   overloads; where it names none, super() takes whatever the function may be called with */
export interface TaskConstructor<Task> {
  readonly prototype: Task;

  /**
   * Writes down one call of `fn`, to be made after the response; or one of a method of `target`, by its name.
   *
   * Arguments are held by reference. Nothing runs before the task is added, or attached to a response.
   *
   * @throws TypeError when what is to be called is no function.
   *
   * @example
   * res.background = new BackgroundTask(sendWelcome, email);
   * res.background = new BackgroundTask(mailer, 'sendWelcome', email);
   */
  new <A extends unknown[] = any[], T = any[] extends A ? any : unknown, K extends PropertyKey = PropertyKey>(
    fn: (...args: A) => unknown,
    ...args: A
  ): Task;
  new <A extends unknown[] = any[], T = any[] extends A ? any : unknown, K extends PropertyKey = PropertyKey>(
    target: T & MethodTarget<T>,
    method: K & MethodKeys<T>,
    ...args: MethodParameters<T, K>
  ): Task;
  // the keys of the polymorphic `this` cannot be listed: within a class, the target is matched by its method
  new <A extends unknown[] = any[], T = any[] extends A ? any : unknown, K extends PropertyKey = PropertyKey>(
    target: Record<K, (...args: A) => unknown> & NoFunction,
    method: K,
    ...args: A
  ): Task;
}
/* eslint-enable no-unused-vars, typescript/no-explicit-any */
