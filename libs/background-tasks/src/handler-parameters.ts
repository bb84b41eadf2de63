import { BackgroundTasks } from './background-tasks.js';
import { type ControllerClass, methodsOf, parametersOf } from './controllers.js';
import { Tasks } from './tasks.decorator.js';

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
  types.forEach((type, index) => {
    if (type === BackgroundTasks && !decorated.has(index)) Tasks()(controller.prototype, key, index);
  });
}
