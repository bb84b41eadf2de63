import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { Application } from '../calls/application.js';
import { lookAt } from '../errors/safely.js';
import { type Leads, putStandIn } from '../handlers/stand-in.js';
import { isTasksParameter } from '../handlers/tasks.decorator.js';
import { type RouteClass, routeClassesOf } from '../nest/controllers.js';
import { dependantsOn, tokensAndClassesOf } from '../nest/dependants.js';
import { handlerClassesOf, type HandlerMethod, methodsOf } from '../nest/handler-classes.js';
import { type HandlerClass, interceptorsOf, isResolver, isRouteOnly, parametersOf } from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { bindInsideOthers, bindInterceptor, bindToMethods, handlersWithTasks } from './bind-interceptor.js';

/** An application, where all is known that Nest will read to make its routes. */
export interface RoutesToFollow {
  readonly application: Application;
  readonly modules: ModulesContainer;
  readonly config: ApplicationConfig;
}

/**
 * Has the routes of an application followed through which tasks can come: by what stands in for their methods where no
 * interceptor is around them, else by the interceptor.
 *
 * To be called when Nest configures middleware: by then, global interceptors are known and no route has been read.
 */
export function followRoutes({ application, modules, config }: RoutesToFollow): void {
  const dependants = tokensAndClassesOf(dependantsOn(BackgroundTasks, modules));
  const classes = routeClassesOf(modules);
  const mayStandIn = !hasInterceptors(config) && application.tasksForParameters === undefined && !hasNext(modules);
  for (const routes of classes) {
    const { handlers, instances } = routes;
    const needed = handlersWithTasks(handlers, dependants);
    const methods = needed === 'all' ? methodsOf(handlers).filter(({ method }) => isRouteOnly(method)) : needed;
    const canStandIn = mayStandIn && interceptorsOf(handlers).length === 0;
    const others = methods.filter((method) => !canStandIn || !standIn(routes, method, application));
    const isHidden = others.some((each) => instances !== undefined && !isWhatNestCalls(instances, each));
    // a class that inherits the same methods may need it for others; and what hides a method has none of what is bound to that
    if ((needed === 'all' && others.length > 0) || isHidden) bindInterceptor(handlers);
    else bindToMethods(handlers, others);
    if (application.findsRequests) bindInsideOthers(handlers);
  }
}

/** Has `method` followed by what stands in for it, if nothing is around it and it is what Nest will call. */
function standIn(
  { handlers, instances }: RouteClass,
  { key, method }: HandlerMethod,
  application: Application,
): boolean {
  if (instances === undefined || interceptorsOf(method).length > 0) return false;
  const leads = leadsOf(handlers, key);
  // without a request in its async context, nothing would tell
  if (leads.tasks === undefined && leads.response === undefined && !application.findsRequests) return false;
  if (!isWhatNestCalls(instances, { key, method })) return false;
  const put = putStandIn(handlers.prototype, key, leads);
  if (put === undefined) return false;
  // and not what stands in for it, which Nest says of calls that an interceptor follows
  const handler = { getClass: () => handlers, getHandler: () => put.own, key };
  for (const instance of instances) put.serve(instance, { application, handler });
  return true;
}

/** Not a method of which the constructor has bound another one, or which a proxy hands out as another one. */
function isWhatNestCalls(instances: readonly object[], { key, method }: HandlerMethod): boolean {
  return instances.every((instance) => lookAt(() => Reflect.get(instance, key) === method, false));
}

function leadsOf(handlers: HandlerClass, key: string | symbol): Leads {
  const parameters = parametersOf(handlers, key);
  return {
    tasks: parameters.find(({ factory }) => isTasksParameter(factory))?.index,
    response: parameters.find(({ isResponse }) => isResponse)?.index,
  };
}

function hasInterceptors(config: ApplicationConfig): boolean {
  return config.getGlobalInterceptors().length > 0 || config.getGlobalRequestInterceptors().length > 0;
}

/** Whether a handler may hand its request on to another: then there is more than one call, and only Nest knows which. */
function hasNext(modules: ModulesContainer): boolean {
  return handlerClassesOf(modules).some((handlers) =>
    methodsOf(handlers).some(
      // what looks like it among the parameters of a resolver is GraphQL's `@Info()`
      ({ key, method }) => !isResolver(method) && parametersOf(handlers, key).some(({ isNext }) => isNext),
    ),
  );
}
