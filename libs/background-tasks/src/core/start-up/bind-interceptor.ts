import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, type ModulesContainer } from '@nestjs/core';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { backgroundTasksInterceptor } from '../handlers/background-tasks.interceptor.js';
import type { ResolvedOptions } from '../options/background-tasks.options.js';
import {
  type ControllerClass,
  type ControllerMethod,
  handlerClassesOf,
  methodsOf,
  parametersOf,
} from '../nest/handler-classes.js';
import { type Dependant, dependantsOn, tokensAndClassesOf } from '../nest/dependants.js';
import { isTasksParameter } from '../handlers/tasks.decorator.js';

/** Nest's keys for what is bound to a controller or a handler; they have no public names. */
const INTERCEPTORS = '__interceptors__';
const ENHANCERS = [INTERCEPTORS, '__guards__', '__pipes__', '__exceptionFilters__'];

/** What is bound with these tokens is bound to every handler; Nest adds a number to each. */
const GLOBAL_ENHANCERS = [APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE];

/** How Nest writes down a parameter with `@Res()`. */
const RESPONSE_PARAMETER = /^1:/;

/**
 * Binds the interceptor to `target`, a controller or a handler, outside the interceptors it has already.
 *
 * Binding it again changes nothing.
 */
export function bindInterceptor(target: object): void {
  const bound = boundTo(target, INTERCEPTORS);
  if (bound.includes(backgroundTasksInterceptor)) return;
  Reflect.defineMetadata(INTERCEPTORS, [backgroundTasksInterceptor, ...bound], target);
}

/** Binds the interceptor as the option `bind` says. Nest reads what it finds here once: this has to run in a constructor. */
export function bindInterceptors(bind: ResolvedOptions['bind'], modules: ModulesContainer): void {
  const controllers = handlerClassesOf(modules);
  if (bind === 'everywhere') bindEverywhere(controllers);
  else bindWhereNeeded(controllers, dependantsOn(BackgroundTasks, modules));
}

function bindEverywhere(controllers: Iterable<ControllerClass>): void {
  for (const controller of controllers) bindInterceptor(controller);
}

/**
 * Binds the interceptor to the handlers through which tasks can come: to no other, since an interceptor
 * costs as much as half of a small request.
 */
function bindWhereNeeded(controllers: Iterable<ControllerClass>, dependants: Iterable<Dependant>): void {
  const tokens = tokensAndClassesOf(dependants);
  if ([...tokens].some(isGlobalEnhancer)) return bindEverywhere(controllers);
  for (const controller of controllers) bindToHandlersOf(controller, tokens);
}

function bindToHandlersOf(controller: ControllerClass, dependants: ReadonlySet<unknown>): void {
  if (dependants.has(controller) || hasEnhancerIn(dependants, controller)) return bindInterceptor(controller);
  const methods = methodsOf(controller).filter((each) => canBringTasks(controller, each, dependants));
  if (methods.length === 0) return;
  // what is bound to a handler is inside of what is bound to its controller
  if (boundTo(controller, INTERCEPTORS).length > 0) return bindInterceptor(controller);
  for (const { method } of methods) bindInterceptor(method);
}

function canBringTasks(
  controller: ControllerClass,
  { key, method }: ControllerMethod,
  dependants: ReadonlySet<unknown>,
): boolean {
  if (boundTo(method, INTERCEPTORS).includes(backgroundTasksInterceptor)) return true;
  if (hasEnhancerIn(dependants, method)) return true;
  return parametersOf(controller, key).some(
    ({ kind, factory, pipes = [] }) =>
      isTasksParameter(factory) || RESPONSE_PARAMETER.test(kind) || pipes.some((pipe) => dependants.has(pipe)),
  );
}

function hasEnhancerIn(dependants: ReadonlySet<unknown>, target: object): boolean {
  return ENHANCERS.some((key) => boundTo(target, key).some((enhancer) => dependants.has(enhancer)));
}

function boundTo(target: object, key: string): unknown[] {
  return (Reflect.getMetadata(key, target) ?? []) as unknown[];
}

function isGlobalEnhancer(token: unknown): boolean {
  return typeof token === 'string' && GLOBAL_ENHANCERS.some((global) => token.startsWith(global));
}
