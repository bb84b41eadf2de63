import { type ControllerClass, methodsOf } from '../nest/handler-classes.js';
import { OwnCall } from '../calls/own-call.js';
import { runnerOfMessages } from '../calls/application.js';

/** Where @nestjs/graphql keeps what was said to `@Subscription()`; it has no public name. */
const OPTIONS = 'graphql:subscription_options;';

type Resolve = (this: unknown, ...args: unknown[]) => unknown;

/** The functions that are followed already: applications of one process share their resolvers. */
const followed = new WeakSet<Resolve>();

/**
 * Gives each event of a subscription tasks of its own, while its `resolve` function makes the result of it.
 *
 * Nest runs no interceptor around that function, and reads it when the resolvers are explored: this has to
 * run in a constructor.
 */
export function followEvents(resolvers: Iterable<ControllerClass>): void {
  for (const resolver of resolvers) {
    for (const { method } of methodsOf(resolver)) followEventsOf(resolver, method);
  }
}

function followEventsOf(resolver: ControllerClass, method: object): void {
  const options = Reflect.getMetadata(OPTIONS, method) as { readonly resolve?: Resolve } | undefined;
  if (options?.resolve === undefined || followed.has(options.resolve)) return;
  Reflect.defineMetadata(OPTIONS, { ...options, resolve: following(options.resolve, resolver) }, method);
}

function following(resolve: Resolve, resolver: ControllerClass): Resolve {
  const follow: Resolve = function (...args) {
    // a class that inherits it may be another application's
    const runner = runnerOfMessages((this as object).constructor) ?? runnerOfMessages(resolver);
    if (runner === undefined) return resolve.apply(this, args);
    const call = new OwnCall(runner);
    return call.follow(() => runner.currentRequest.enter(call, () => resolve.apply(this, args)));
  };
  followed.add(follow);
  return follow;
}
