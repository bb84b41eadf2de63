import type { ModulesContainer } from '@nestjs/core';
import { gatewaysOf, methodsOf } from './handler-classes.js';
import { type HandlerClass, isHandler, isRouteOnly } from './metadata.js';

/** A class all of whose handlers are routes of HTTP. */
export interface RouteClass {
  readonly handlers: HandlerClass;
  /**
   * Its instances, one for each module that has it; `undefined` where one is made for each request.
   *
   * Not to be asked for in a constructor: Nest remembers what it says of a class for good, and old ones say it wrongly
   * before all that the class depends on is made (11.0).
   */
  readonly instances: readonly object[] | undefined;
}

/** The controllers of `modules` that have routes of HTTP, and no handlers of anything else. */
export function routeClassesOf(modules: ModulesContainer): RouteClass[] {
  const wrappers = [...modules.values()].flatMap(({ controllers }) => [...controllers.values()]);
  const gateways = gatewaysOf(modules);
  const classes = new Set(wrappers.map(({ metatype }) => metatype as HandlerClass));
  return [...classes]
    .filter((handlers) => hasOnlyRoutes(handlers) && !gateways.includes(handlers))
    .map((handlers) => new Routes(handlers, wrappers));
}

class Routes implements RouteClass {
  readonly handlers: HandlerClass;
  readonly #wrappers: readonly Wrapper[];
  #instances?: { readonly known: readonly object[] | undefined };

  constructor(handlers: HandlerClass, wrappers: readonly Wrapper[]) {
    this.handlers = handlers;
    this.#wrappers = wrappers;
  }

  get instances(): readonly object[] | undefined {
    this.#instances ??= { known: instancesOf(this.#wrappers.filter(({ metatype }) => metatype === this.handlers)) };
    return this.#instances.known;
  }
}

interface Wrapper {
  readonly metatype: unknown;
  readonly instance: unknown;
  readonly isTransient: boolean;
  isDependencyTreeStatic(): boolean;
}

function instancesOf(wrappers: readonly Wrapper[]): object[] | undefined {
  const areStatic = wrappers.every((each) => each.isDependencyTreeStatic() && !each.isTransient);
  return areStatic ? wrappers.map(({ instance }) => instance as object) : undefined;
}

function hasOnlyRoutes(handlers: HandlerClass): boolean {
  const methods = methodsOf(handlers).filter(({ method }) => isHandler(method));
  return methods.length > 0 && methods.every(({ method }) => isRouteOnly(method));
}
