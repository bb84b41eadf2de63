import type { ModulesContainer } from '@nestjs/core';
import type { Application } from '../calls/application.js';
import { serveHandlers } from '../calls/shared-handlers.js';
import { followSubscriptions } from '../graphql/subscriptions.js';
import { BackgroundTasksInterceptor } from '../handlers/background-tasks.interceptor.js';
import { type RouteClass, routeClassesOf } from '../nest/controllers.js';
import { dependantsOn } from '../nest/dependants.js';
import { handlerClassesOf, isProvided } from '../nest/handler-classes.js';
import { findsInterceptorsOf, provideInterceptor } from '../nest/interceptors.js';
import type { HandlerClass } from '../nest/metadata.js';
import type { ResolvedOptions } from '../options/background-tasks.options.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { bindEverywhere, bindInsideOthers, bindSharedInterceptor, bindWhereNeeded } from './bind-interceptor.js';
import { injectByType } from './inject-by-type.js';
import { warnOfSharedHandlers } from './warn-of-shared-handlers.js';

/** How the handlers of an application are to be prepared. */
export interface HandlerPreparation {
  readonly application: Application;
  readonly modules: ModulesContainer;
  readonly bind: ResolvedOptions['bind'];
  /** Whether tasks have `Scope.DEFAULT`, and find by themselves what they belong to. */
  readonly hasDefaultScope: boolean;
}

/**
 * Everything that is done to the handlers of an application at start-up, in this order; once more changes nothing.
 *
 * To be called in the constructor of a module: Nest knows all classes by then, and reads what is written down about
 * their handlers after all constructors, but before `onModuleInit`. What would be lost is refused there, by `refusals.ts`.
 * The routes of HTTP wait for `followRoutes`.
 *
 * @throws Error where tasks cannot be injected by their type.
 */
export function prepareHandlers({ application, modules, bind, hasDefaultScope }: HandlerPreparation): void {
  const classes = handlerClassesOf(modules);
  const untold = classes.filter((handlers) => !findsInterceptorsOf(handlers, modules));
  application.findsRequests = hasDefaultScope;
  application.provides = (instance) => isProvided(instance, modules);
  warnOfSharedHandlers(untold, application);
  for (const handlers of classes) serveHandlers(handlers, application);
  // binding looks for what this decorates
  injectByType(classes);
  // elsewhere nothing could tell them which tasks are theirs
  if (hasDefaultScope) followSubscriptions(classes);
  const messages = without(classes, routeClassesOf(modules));
  if (bind === 'everywhere') bindEverywhere(classes);
  else bindWhereNeeded(messages, dependantsOn(BackgroundTasks, modules));
  (hasDefaultScope ? classes : messages).forEach(bindInsideOthers);
  untold.forEach(bindSharedInterceptor);
  provideInterceptor(BackgroundTasksInterceptor, new BackgroundTasksInterceptor(application), modules);
}

function without(classes: readonly HandlerClass[], routes: readonly RouteClass[]): HandlerClass[] {
  const ofRoutes = new Set(routes.map(({ handlers }) => handlers));
  return classes.filter((handlers) => !ofRoutes.has(handlers));
}
