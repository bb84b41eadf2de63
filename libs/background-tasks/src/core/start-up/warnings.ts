import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { isOfAnotherCopy } from '../errors/other-copies.js';
import { isTasksParameter } from '../handlers/tasks.decorator.js';
import { callerOf } from '../nest/callers.js';
import { classesOf, type HandlerMethod, methodsOf } from '../nest/handler-classes.js';
import { type HandlerClass, isHandler, parametersOf, parameterTypesOf } from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { parameterName } from './inject-by-type.js';

/** A parameter, and why it may get no tasks. */
interface Finding {
  readonly parameter: string;
  /** What calls the method instead of a request, if that is why. */
  readonly caller?: string;
}

/**
 * Warns, in one line, of parameters that were probably meant to be BackgroundTasks and will be none.
 *
 * To be called when handlers have been prepared: what has been injected by its type needs no warning.
 */
export function warnOfLostParameters(modules: ModulesContainer): void {
  const seen = new Set<object>();
  const findings = classesOf(modules).flatMap((metatype) =>
    methodsOf(metatype)
      // a method that is inherited is told once
      .filter(({ method }) => !seen.has(method) && seen.add(method))
      .flatMap((method) => findingsIn(metatype, method)),
  );
  if (findings.length > 0) new Logger('BackgroundTasks').warn(line(findings));
}

function findingsIn(metatype: HandlerClass, method: HandlerMethod): Finding[] {
  const caller = callerOf(metatype, method);
  const name = (index: number): string => parameterName(metatype, method.key, index);
  return [
    ...untypedParameters(metatype, method).map((index) => ({ parameter: name(index) })),
    ...(caller === undefined
      ? []
      : tasksParameters(metatype, method).map((index) => ({ parameter: name(index), caller }))),
  ];
}

/** Those of a handler for which Nest has no value, and of which nothing tells what they are for. */
function untypedParameters(metatype: HandlerClass, { key, method }: HandlerMethod): number[] {
  if (!isHandler(method)) return [];
  const decorated = new Set(parametersOf(metatype, key).map(({ index }) => index));
  // without any decorator, Nest passes what it has by position
  if (decorated.size === 0) return [];
  const types = parameterTypesOf(metatype, key);
  return [...Array(method.length).keys()].filter(
    (index) => !decorated.has(index) && (types === undefined || types[index] === Object),
  );
}

/** Those for BackgroundTasks, by type or by decorator, that have no default value. */
function tasksParameters(metatype: HandlerClass, { key, method }: HandlerMethod): number[] {
  const types = parameterTypesOf(metatype, key);
  const decorated = parametersOf(metatype, key).filter(({ factory }) => isTasksParameter(factory));
  return [...Array(method.length).keys()].filter(
    (index) => isForTasks(types?.[index]) || decorated.some((parameter) => parameter.index === index),
  );
}

function isForTasks(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  const prototype: unknown = type.prototype;
  return type === BackgroundTasks || prototype instanceof BackgroundTasks || isOfAnotherCopy(prototype);
}

function line(findings: readonly Finding[]): string {
  const untyped = findings.filter(({ caller }) => caller === undefined).map(({ parameter }) => parameter);
  const uncalled = findings.flatMap(({ parameter, caller }) =>
    caller === undefined ? [] : [`${parameter} (${caller})`],
  );
  return [
    ...(untyped.length === 0
      ? []
      : [
          `Nest will pass nothing for ${untyped.join(', ')}: without a decorator, and with no type that was compiled in. If ` +
            'BackgroundTasks are meant, write `@Tasks()` before it: `import type`, an alias, and compilers like esbuild leave ' +
            'no type.',
        ]),
    ...(uncalled.length === 0
      ? []
      : [
          `Nobody passes BackgroundTasks for ${uncalled.join(', ')}: no request calls it. Inject BackgroundTasksRunner, and ` +
            'add within `runner.scope((tasks) => …)`.',
        ]),
  ].join(' ');
}
