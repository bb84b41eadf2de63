import type { ModulesContainer } from '@nestjs/core';
import { type HandlerClass, isGateway, isResolver } from './metadata.js';

/** A method that may be a handler. */
export interface HandlerMethod {
  readonly key: string | symbol;
  /** With how many parameters it has before the first that has a default value. */
  readonly method: object & { readonly length: number };
}

/** The controllers, gateways and resolvers of an application. */
export function handlerClassesOf(modules: ModulesContainer): HandlerClass[] {
  const controllers = [...modules.values()].flatMap((module) =>
    Array.from(module.controllers.values(), ({ metatype }): unknown => metatype),
  );
  return [...controllers.filter(isClass), ...gatewaysOf(modules), ...resolversOf(modules)];
}

/** The classes of everything that an application is made of, those with handlers among them. */
export function classesOf(modules: ModulesContainer): HandlerClass[] {
  return [...new Set([...handlerClassesOf(modules), ...providersOf(modules)])];
}

/** By what their decorator writes down; @nestjs/websockets may not be installed. */
export function gatewaysOf(modules: ModulesContainer): HandlerClass[] {
  return providersOf(modules).filter(isGateway);
}

/** By what their decorators write down; @nestjs/graphql may not be installed. */
function resolversOf(modules: ModulesContainer): HandlerClass[] {
  return providersOf(modules).filter((provider) => methodsOf(provider).some(({ method }) => isResolver(method)));
}

/** By all that can tell the class of a provider before it is made: of a factory's, that is its token. */
function providersOf(modules: ModulesContainer): HandlerClass[] {
  const providers = [...modules.values()].flatMap(({ providers: each }) =>
    Array.from(each.values(), ({ metatype, token, instance }): unknown[] => [metatype, token, classOf(instance)]),
  );
  return [...new Set(providers.flat())].filter(isClass);
}

/** Whether `instance` is one that `modules` provide. */
export function isProvided(instance: object, modules: ModulesContainer): boolean {
  return [...modules.values()].some(({ providers }) =>
    [...providers.values()].some((each) => each.instance === instance),
  );
}

/** Without asking `value` itself, which may be a proxy. */
function classOf(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype && Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
}

/** A factory may have no prototype. */
function isClass(metatype: unknown): metatype is HandlerClass {
  return typeof metatype === 'function' && metatype.prototype !== undefined;
}

/** All methods of `handlers`, inherited ones included. */
export function methodsOf({ prototype }: HandlerClass): HandlerMethod[] {
  const methods = new Map<string | symbol, HandlerMethod['method']>();
  let level: object | null = prototype;
  // that of another realm is none of this one's
  for (; level !== null && level !== Object.prototype; level = Reflect.getPrototypeOf(level)) {
    for (const key of Reflect.ownKeys(level)) {
      const value: unknown = Reflect.getOwnPropertyDescriptor(level, key)?.value;
      if (typeof value === 'function' && key !== 'constructor' && !methods.has(key)) methods.set(key, value);
    }
  }
  return Array.from(methods, ([key, method]) => ({ key, method }));
}
