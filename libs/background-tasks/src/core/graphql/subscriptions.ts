import type { Application } from '../calls/application.js';
import type { HandlerNames } from '../calls/handler-call.js';
import { OwnCall } from '../calls/own-call.js';
import { applicationsOfHandlers } from '../calls/shared-handlers.js';
import { methodsOf } from '../nest/handler-classes.js';
import {
  type HandlerClass,
  replaceSubscriptionResolve,
  type SubscriptionResolve,
  subscriptionResolveOf,
} from '../nest/metadata.js';
import { sourceOfResolver } from './resolver-source.js';

/** The functions that are followed already: applications of one process share their resolvers. */
const followed = new WeakSet<SubscriptionResolve>();

/**
 * Gives each event of a subscription tasks of its own, while its `resolve` function makes the result of it.
 *
 * Nest runs no interceptor around that function, and reads it when the resolvers are explored.
 */
export function followSubscriptions(resolvers: Iterable<HandlerClass>): void {
  for (const resolver of resolvers) {
    for (const { method } of methodsOf(resolver)) followEventsOf(resolver, method);
  }
}

function followEventsOf(resolver: HandlerClass, method: object): void {
  const resolve = subscriptionResolveOf(method);
  if (resolve === undefined || followed.has(resolve)) return;
  const handler = { getClass: () => resolver, getHandler: () => method };
  replaceSubscriptionResolve(method, following(resolve, resolver, handler));
}

function following(resolve: SubscriptionResolve, resolver: HandlerClass, handler: HandlerNames): SubscriptionResolve {
  const follow: SubscriptionResolve = function (...args) {
    const application = applicationOf(this, resolver);
    if (application === undefined) return resolve.apply(this, args);
    const call = new OwnCall(application, sourceOfResolver);
    call.handler = handler;
    return call.follow(() => call.within(() => resolve.apply(this, args)));
  };
  followed.add(follow);
  return follow;
}

/** The application whose resolver it is; a class that inherits from that of another may have its function. */
function applicationOf(instance: object, resolver: HandlerClass): Application | undefined {
  const own = applicationsOfHandlers(instance.constructor);
  const applications = own.length > 0 ? own : applicationsOfHandlers(resolver);
  return applications.length > 1 ? applications.find((each) => each.provides(instance)) : applications[0];
}
