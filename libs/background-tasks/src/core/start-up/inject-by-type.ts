import { BackgroundTasks } from '../tasks/background-tasks.js';
import { type ControllerClass, methodsOf, parametersOf } from '../nest/handler-classes.js';
import { Tasks } from '../handlers/tasks.decorator.js';

/**
 * Decorates every handler parameter that has the type `BackgroundTasks` and no decorator.
 *
 * Nest reads what it finds here once, when it registers the routes: this has to run in a constructor.
 */
export function injectByType(controllers: Iterable<ControllerClass>): void {
  for (const controller of controllers) {
    for (const { key } of methodsOf(controller)) injectInto(controller, key);
  }
}

function injectInto(controller: ControllerClass, key: string | symbol): void {
  const types: unknown = Reflect.getMetadata('design:paramtypes', controller.prototype, key);
  if (!Array.isArray(types)) return;
  const decorated = new Set(parametersOf(controller, key).map(({ index }) => index));
  const injected = types.flatMap((type, index) => (type === BackgroundTasks && !decorated.has(index) ? [index] : []));
  if (decorated.size === 0 && injected[0] !== undefined && injected[0] > 0) throw positionError(controller, key);
  for (const index of injected) Tasks()(controller.prototype, key, index);
}

/** Nest calls a handler without decorators by position, and any other with what its decorators say. */
function positionError({ prototype }: ControllerClass, key: string | symbol): Error {
  const name = `${prototype.constructor.name}.${String(key)}`;
  return new Error(
    `Cannot inject BackgroundTasks into \`${name}\`: the parameters before it have no decorator, and would get ` +
      'nothing. Decorate them, with `@Payload()` in a microservice, `@MessageBody()` in a gateway, `@Args()` in a ' +
      'resolver, `@Req()` in HTTP.',
  );
}
