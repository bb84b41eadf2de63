import type { ModulesContainer } from '@nestjs/core';
import type { Application } from '../calls/application.js';
import { currentTasks } from '../calls/current-tasks.js';
import { injectedTasks } from '../handlers/injected-tasks.js';
import { isTasksParameter } from '../handlers/tasks.decorator.js';
import { handlerClassesOf, methodsOf } from '../nest/handler-classes.js';
import { askFor, type HandlerClass, parametersOf } from '../nest/metadata.js';
import { type Provided, providedAs } from '../nest/provided.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';

/**
 * What Nest looks for when it is to make BackgroundTasks itself, without the module: nobody would run them.
 *
 * Nest knows no other way to refuse a class. It names what it has not found, and so tells this sentence.
 */
export const NEED_OF_MODULE =
  'import of BackgroundTasksModule in the root module. It provides BackgroundTasks: do not list them among the ' +
  'providers, where nobody would run them. In a unit test, { provide: BackgroundTasks, useValue: new BackgroundTasks() }';

askFor(NEED_OF_MODULE, BackgroundTasks);

/** What makes the tasks that the module provides: for each request, and for all of them. */
const OWN_FACTORIES: readonly unknown[] = [injectedTasks, currentTasks];

/**
 * Refuses to start where a module provides BackgroundTasks that nobody runs, and, where a test has put a value in the
 * place of what is injected, hands it out as the parameters of handlers, too. To be called when handlers are prepared.
 *
 * @throws Error naming the module, or the parameters, and what to do.
 */
export function settleProvidedTasks(modules: ModulesContainer, application: Application): void {
  const provided = providedAs(BackgroundTasks, modules);
  if (provided.some(({ metatype }) => OWN_FACTORIES.includes(metatype))) return provided.forEach(refuseListed);
  const [override] = provided;
  if (override?.metatype === null) application.tasksForParameters = override.instance as BackgroundTasks;
  else if (hasParameters(handlerClassesOf(modules))) throw overrideError();
}

/**
 * Refuses to start where a module provides, under the name of BackgroundTasks, some that it has made itself, as a value or
 * in a factory. To be called when Nest has made everything.
 *
 * What is not certain stays: a mock or a class with an `addTask` of its own, what is made for each request, what has
 * another name and may be attached to a response, and the module's own tasks under another provider.
 *
 * @throws Error naming the module and what to do.
 */
export function refuseMadeTasks(modules: ModulesContainer): void {
  const provided = providedAs(BackgroundTasks, modules);
  const own = provided.filter(({ metatype }) => OWN_FACTORIES.includes(metatype)).map(({ instance }) => instance);
  // a test has overridden all of them
  if (own.length === 0) return;
  for (const { token, instance, module } of provided) {
    if (token === BackgroundTasks && takesTasksIn(instance) && !own.includes(instance)) throw providedError(module);
  }
}

function refuseListed({ metatype, token, module }: Provided): void {
  if (metatype === BackgroundTasks || (token === BackgroundTasks && isPlainHeir(metatype))) throw providedError(module);
}

function providedError(module: string): Error {
  return new Error(
    `Cannot provide BackgroundTasks in \`${module}\`: BackgroundTasksModule provides them, in every module, and nobody ` +
      `would run those. Take BackgroundTasks out of the providers of \`${module}\`.`,
  );
}

/** A class of one's own that takes tasks in like any other. */
function isPlainHeir(metatype: unknown): boolean {
  if (typeof metatype !== 'function') return false;
  return takesTasksIn(metatype.prototype);
}

function takesTasksIn(tasks: unknown): boolean {
  return tasks instanceof BackgroundTasks && tasks.addTask === BackgroundTasks.prototype.addTask;
}

function hasParameters(classes: Iterable<HandlerClass>): boolean {
  return [...classes].some((handlers) =>
    methodsOf(handlers).some(({ key }) => parametersOf(handlers, key).some(({ factory }) => isTasksParameter(factory))),
  );
}

function overrideError(): Error {
  return new Error(
    'Cannot override BackgroundTasks by a class or a factory: handlers that take them as a parameter would not get them, ' +
      'and would have their tasks run. Use `overrideProvider(BackgroundTasks).useValue(…)`, which they get, too; or, to see ' +
      'which tasks were added, `overrideProvider(BackgroundTasksRunner).useClass(CapturingRunner)`.',
  );
}
