import { Tasks } from '../handlers/tasks.decorator.js';
import { methodsOf } from '../nest/handler-classes.js';
import { type HandlerClass, parametersOf, parameterTypesOf } from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';

/** Decorates every handler parameter that has the type `BackgroundTasks` and no decorator. */
export function injectByType(classes: Iterable<HandlerClass>): void {
  for (const handlers of classes) {
    for (const { key } of methodsOf(handlers)) injectInto(handlers, key);
  }
}

function injectInto(handlers: HandlerClass, key: string | symbol): void {
  const types = parameterTypesOf(handlers, key);
  if (types === undefined) return;
  const decorated = new Set(parametersOf(handlers, key).map(({ index }) => index));
  const injected = types.flatMap((type, index) => (type === BackgroundTasks && !decorated.has(index) ? [index] : []));
  if (decorated.size === 0 && injected[0] !== undefined && injected[0] > 0) throw positionError(handlers, key);
  for (const index of injected) Tasks()(handlers.prototype, key, index);
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
