import { isOfAnotherCopy } from '../errors/other-copies.js';
import { isTasksParameter } from '../handlers/tasks.decorator.js';
import { callerOf } from '../nest/callers.js';
import { type HandlerMethod, methodsOf } from '../nest/handler-classes.js';
import { type HandlerClass, isHandler, parametersOf, parameterTypesOf } from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { parameterName } from './inject-by-type.js';

/** A parameter that was probably meant to be BackgroundTasks, and will be none. */
export interface LostParameter {
  readonly name: string;
  /** The package that calls its method instead of a request, if that is why. */
  readonly caller?: string;
}

/**
 * All that are lost in `classes`, each method once, however many classes inherit it.
 *
 * To be called when handlers have been prepared: what has been injected by its type is not lost.
 */
export function lostParametersIn(classes: Iterable<HandlerClass>): LostParameter[] {
  const seen = new Set<object>();
  return [...classes].flatMap((metatype) => {
    const methods = methodsOf(metatype).filter(({ method }) => !seen.has(method));
    return methods.flatMap((method) => {
      seen.add(method.method);
      return [...untypedParameters(metatype, method), ...uncalledParameters(metatype, method)];
    });
  });
}

/** Those of a handler for which Nest has no value, and of which nothing tells what they are for. */
function untypedParameters(metatype: HandlerClass, { key, method }: HandlerMethod): LostParameter[] {
  if (!isHandler(method)) return [];
  const decorated = new Set(parametersOf(metatype, key).map(({ index }) => index));
  // without any decorator, Nest passes what it has by position
  if (decorated.size === 0) return [];
  const types = parameterTypesOf(metatype, key);
  return indexesBelow(method.length)
    .filter((index) => !decorated.has(index) && (types === undefined || types[index] === Object))
    .map((index) => ({ name: parameterName(metatype, key, index) }));
}

/** Those for BackgroundTasks, by type or by decorator, of a method that no request calls. */
function uncalledParameters(metatype: HandlerClass, handler: HandlerMethod): LostParameter[] {
  const caller = callerOf(metatype, handler);
  if (caller === undefined) return [];
  const { key, method } = handler;
  const types = parameterTypesOf(metatype, key);
  const decorated = parametersOf(metatype, key).filter(({ factory }) => isTasksParameter(factory));
  return indexesBelow(method.length)
    .filter((index) => isForTasks(types?.[index]) || decorated.some((parameter) => parameter.index === index))
    .map((index) => ({ name: parameterName(metatype, key, index), caller }));
}

function isForTasks(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  const prototype: unknown = type.prototype;
  return type === BackgroundTasks || prototype instanceof BackgroundTasks || isOfAnotherCopy(prototype);
}

/** The length of a method ends before its first parameter with a default value: that one is never lost. */
function indexesBelow(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
