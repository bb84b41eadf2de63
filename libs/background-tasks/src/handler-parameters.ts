import type { ModulesContainer } from '@nestjs/core';
import { BackgroundTasks } from './background-tasks.js';
import { Tasks } from './tasks.decorator.js';

/** Nest's key for what its parameter decorators wrote down; it has no public name. */
const ROUTE_ARGUMENTS = '__routeArguments__';

/**
 * Decorates every handler parameter that has the type `BackgroundTasks` and no decorator.
 *
 * Nest reads what it finds here once, when it registers the routes: this has to run in a constructor.
 */
export function injectByType(modules: ModulesContainer): void {
  for (const module of modules.values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype === 'function') injectIntoHandlersOf(metatype.prototype as object);
    }
  }
}

function injectIntoHandlersOf(prototype: object): void {
  for (const key of methodsOf(prototype)) {
    const types: unknown = Reflect.getMetadata('design:paramtypes', prototype, key);
    if (!Array.isArray(types)) continue;
    const decorated = decoratedParameters(prototype.constructor, key);
    types.forEach((type, index) => {
      if (type === BackgroundTasks && !decorated.has(index)) Tasks()(prototype, key, index);
    });
  }
}

/** The names of all methods, inherited ones included. */
function methodsOf(prototype: object): Set<string | symbol> {
  const keys = new Set<string | symbol>();
  for (
    let level: object | null = prototype;
    level && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    Reflect.ownKeys(level).forEach((key) => keys.add(key));
  }
  return keys;
}

function decoratedParameters(controller: object, key: string | symbol): Set<number> {
  const decorated: Record<string, { index: number }> = Reflect.getMetadata(ROUTE_ARGUMENTS, controller, key) ?? {};
  return new Set(Object.values(decorated).map(({ index }) => index));
}
