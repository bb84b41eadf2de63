import { BackgroundTasksInterceptor, sharedInterceptor } from '../handlers/background-tasks.interceptor.js';
import { isTasksParameter } from '../handlers/tasks.decorator.js';
import { type Dependant, tokensAndClassesOf } from '../nest/dependants.js';
import { type HandlerMethod, methodsOf } from '../nest/handler-classes.js';
import {
  addInnermostInterceptor,
  addInterceptorInside,
  addOutermostInterceptor,
  enhancersOf,
  type HandlerClass,
  interceptorsOf,
  isGlobalEnhancer,
  isHandler,
  parametersOf,
} from '../nest/metadata.js';

/**
 * Binds the interceptor to `target`, a class with handlers or one of them, outside the interceptors it has already.
 *
 * By its class: what is written down is shared by all applications, and each has an instance of its own. Binding it again
 * changes nothing.
 */
export function bindInterceptor(target: object): void {
  if (!isBound(target)) addOutermostInterceptor(target, BackgroundTasksInterceptor);
}

/**
 * Binds the interceptor that all applications share to what is bound of `handlers`: Nest will find no other for them.
 *
 * Inside the other, which has the first word where an application has the same class, and Nest finds it there.
 */
export function bindSharedInterceptor(handlers: HandlerClass): void {
  for (const target of [handlers, ...methodsOf(handlers).map(({ method }) => method)]) {
    const isShared = interceptorsOf(target).includes(sharedInterceptor);
    if (isBound(target) && !isShared) addInterceptorInside(target, BackgroundTasksInterceptor, sharedInterceptor);
  }
}

/**
 * Binds the interceptor once more, inside all others, to those handlers of a class that have others around them.
 *
 * For calls that are found by async context: an interceptor may go on from anywhere, as from a callback of a pool, and
 * only what is inside of it can enter the call again.
 */
export function bindInsideOthers(handlers: HandlerClass): void {
  for (const { method } of methodsOf(handlers).filter((each) => isHandler(each.method))) {
    const around = [...interceptorsOf(handlers), ...interceptorsOf(method)];
    const others = around.filter((each) => each !== BackgroundTasksInterceptor && each !== sharedInterceptor);
    const isInside = around.at(-1) === BackgroundTasksInterceptor || around.at(-1) === sharedInterceptor;
    if (others.length > 0 && !isInside && around.includes(BackgroundTasksInterceptor)) {
      addInnermostInterceptor(method, BackgroundTasksInterceptor);
    }
  }
}

/** Binds the interceptor to all handlers. */
export function bindEverywhere(classes: Iterable<HandlerClass>): void {
  for (const handlers of classes) bindInterceptor(handlers);
}

/**
 * Binds the interceptor to the handlers through which tasks can come: to no other, since an interceptor
 * costs as much as half of a small request.
 */
export function bindWhereNeeded(classes: Iterable<HandlerClass>, dependants: Iterable<Dependant>): void {
  const tokens = tokensAndClassesOf(dependants);
  for (const handlers of classes) {
    const needed = handlersWithTasks(handlers, tokens);
    if (needed === 'all') bindInterceptor(handlers);
    else bindToMethods(handlers, needed);
  }
}

/** The handlers of a class through which tasks can come, where `dependants` is all that depends on tasks. */
export function handlersWithTasks(handlers: HandlerClass, dependants: ReadonlySet<unknown>): HandlerMethod[] | 'all' {
  if ([...dependants].some(isGlobalEnhancer)) return 'all';
  if (dependants.has(handlers) || hasEnhancerIn(dependants, handlers)) return 'all';
  return methodsOf(handlers).filter((each) => canBringTasks(handlers, each, dependants));
}

/** Binds the interceptor to some methods of `handlers`. */
export function bindToMethods(handlers: HandlerClass, methods: readonly HandlerMethod[]): void {
  if (methods.length === 0) return;
  // what is bound to a handler is inside of what is bound to its class
  if (interceptorsOf(handlers).length > 0) return bindInterceptor(handlers);
  for (const { method } of methods) bindInterceptor(method);
}

function canBringTasks(
  handlers: HandlerClass,
  { key, method }: HandlerMethod,
  dependants: ReadonlySet<unknown>,
): boolean {
  if (isBound(method) || hasEnhancerIn(dependants, method)) return true;
  return parametersOf(handlers, key).some(
    ({ factory, isResponse, pipes }) =>
      isTasksParameter(factory) || isResponse || pipes.some((pipe) => dependants.has(pipe)),
  );
}

function isBound(target: object): boolean {
  return interceptorsOf(target).includes(BackgroundTasksInterceptor);
}

function hasEnhancerIn(dependants: ReadonlySet<unknown>, target: object): boolean {
  return enhancersOf(target).some((enhancer) => dependants.has(enhancer));
}
