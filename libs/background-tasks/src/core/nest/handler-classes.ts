import type { ModulesContainer } from '@nestjs/core';

/** A class with handlers, by the parts that decorators write to. */
export interface ControllerClass {
  readonly prototype: object;
}

/** A method that may be a handler. */
export interface ControllerMethod {
  readonly key: string | symbol;
  readonly method: object;
}

/** What Nest wrote down about one parameter of a handler. */
export interface HandlerParameter {
  /** What kind of parameter it is, and where it stands: `3:0` is a body in the first place. */
  readonly kind: string;
  readonly index: number;
  /** What makes the value of a parameter with a decorator of one's own. */
  readonly factory?: unknown;
  readonly pipes?: readonly unknown[];
}

/** The controllers, gateways and resolvers of an application. */
export function handlerClassesOf(modules: ModulesContainer): ControllerClass[] {
  const controllers = [...modules.values()].flatMap((module) =>
    Array.from(module.controllers.values(), ({ metatype }) => metatype as unknown),
  );
  return [...controllers.filter(isClass), ...gatewaysOf(modules), ...resolversOf(modules)];
}

/** By what `@WebSocketGateway()` writes down; @nestjs/websockets may not be installed. */
export function gatewaysOf(modules: ModulesContainer): ControllerClass[] {
  return providersOf(modules).filter((provider) => Reflect.hasMetadata('websockets:is_gateway', provider));
}

/** By what `@Query()` and its like write down, with or without `@Resolver()`; @nestjs/graphql may not be installed. */
function resolversOf(modules: ModulesContainer): ControllerClass[] {
  return providersOf(modules).filter((provider) => methodsOf(provider).some(({ method }) => isResolver(method)));
}

function isResolver(method: object): boolean {
  return ['graphql:resolver_type', 'graphql:resolve_property', 'graphql:resolve_reference'].some((key) =>
    Reflect.hasMetadata(key, method),
  );
}

/** By all that can tell the class of a provider before it is made: of a factory's, that is its token. */
function providersOf(modules: ModulesContainer): ControllerClass[] {
  const providers = [...modules.values()].flatMap(({ providers: each }) =>
    Array.from(each.values(), ({ metatype, token, instance }): unknown[] => [metatype, token, classOf(instance)]),
  );
  return [...new Set(providers.flat())].filter(isClass);
}

/** Without asking `value` itself, which may be a proxy. */
function classOf(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  const prototype = Reflect.getPrototypeOf(Object(value) as object);
  return prototype && Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
}

/** A factory may have no prototype. */
function isClass(metatype: unknown): metatype is ControllerClass {
  return typeof metatype === 'function' && metatype.prototype !== undefined;
}

/** All methods of `controller`, inherited ones included. */
export function methodsOf({ prototype }: ControllerClass): ControllerMethod[] {
  const methods = new Map<string | symbol, object>();
  let level: object | null = prototype;
  // that of another realm is none of this one's
  for (; level !== null && level !== Object.prototype; level = Object.getPrototypeOf(level) as object | null) {
    for (const key of Reflect.ownKeys(level)) {
      const value: unknown = Reflect.getOwnPropertyDescriptor(level, key)?.value;
      if (typeof value === 'function' && key !== 'constructor' && !methods.has(key)) methods.set(key, value);
    }
  }
  return Array.from(methods, ([key, method]) => ({ key, method }));
}

/** The decorated parameters of the method `key`. */
export function parametersOf(controller: ControllerClass, key: string | symbol): HandlerParameter[] {
  // Nest's key for what its parameter decorators wrote down; it has no public name
  const written: unknown = Reflect.getMetadata('__routeArguments__', controller, key);
  const parameters = Object.entries((written ?? {}) as Record<string, Omit<HandlerParameter, 'kind'>>);
  return parameters.map(([kind, parameter]) => ({ kind, ...parameter }));
}
