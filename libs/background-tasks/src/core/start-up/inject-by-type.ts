import { isOfAnotherCopy, TWO_COPIES } from '../errors/other-copies.js';
import { Tasks } from '../handlers/tasks.decorator.js';
import { methodsOf } from '../nest/handler-classes.js';
import { type HandlerClass, isHandler, parametersOf, parameterTypesOf } from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';

/**
 * Decorates every parameter of a handler that has the type `BackgroundTasks` and no decorator.
 *
 * Other methods are left alone, whatever decorators they have: whoever calls them passes the tasks.
 *
 * @throws Error where a parameter would get something else, or nothing.
 */
export function injectByType(classes: Iterable<HandlerClass>): void {
  for (const handlers of classes) {
    for (const { key, method } of methodsOf(handlers)) {
      if (isHandler(method)) injectInto(handlers, key, method.length);
    }
  }
}

function injectInto(handlers: HandlerClass, key: string | symbol, length: number): void {
  const types = parameterTypesOf(handlers, key);
  if (types === undefined) return;
  const decorated = new Set(parametersOf(handlers, key).map(({ index }) => index));
  for (const [index, type] of types.entries()) {
    if (index < length && !decorated.has(index)) refuseWrongType(type, parameterName(handlers, key, index));
  }
  const injected = types.flatMap((type, index) => (type === BackgroundTasks && !decorated.has(index) ? [index] : []));
  if (decorated.size === 0 && injected[0] !== undefined && injected[0] > 0) throw positionError(handlers, key);
  for (const index of injected) Tasks()(handlers.prototype, key, index);
}

/** How a message calls a parameter, which has no name once it is compiled. */
export function parameterName({ prototype }: HandlerClass, key: string | symbol, index: number): string {
  return `parameter ${index + 1} of \`${prototype.constructor.name}.${String(key)}\``;
}

function refuseWrongType(type: unknown, parameter: string): void {
  if (typeof type !== 'function') return;
  const prototype: unknown = type.prototype;
  if (prototype instanceof BackgroundTasks) {
    throw new Error(
      `Cannot inject BackgroundTasks into ${parameter}: its type is \`${type.name}\`, a class of your own that nothing ` +
        'makes, and it would get nothing. Take `tasks: BackgroundTasks`; what your class adds to it, it can do with ' +
        'tasks that it is given.',
    );
  }
  if (isOfAnotherCopy(prototype)) {
    throw new Error(
      `Cannot inject BackgroundTasks into ${parameter}: its type is that of another copy of the library, and it would ` +
        `get nothing. ${TWO_COPIES}`,
    );
  }
}

/** Nest calls a handler without decorators by position, and any other with what its decorators say. */
function positionError({ prototype }: HandlerClass, key: string | symbol): Error {
  const name = `${prototype.constructor.name}.${String(key)}`;
  return new Error(
    `Cannot inject BackgroundTasks into \`${name}\`: the parameters before it have no decorator, and would get ` +
      'nothing. Decorate them, with `@Payload()` in a microservice, `@MessageBody()` in a gateway, `@Args()` in a ' +
      'resolver, `@Req()` in HTTP.',
  );
}
