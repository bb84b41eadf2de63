import type { ModulesContainer } from '@nestjs/core';
import { type Dependant, dependantsOn, tokensAndClassesOf } from '../nest/dependants.js';
import { gatewaysOf } from '../nest/handler-classes.js';
import type { HandlerClass } from '../nest/metadata.js';
import { type GlobalEnhancer, unmadeGlobalEnhancers } from '../nest/provided.js';
import { isNest12OrLater } from '../nest/version.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';

/**
 * Refuses to start where request-scoped tasks would be lost, or would be another request's.
 *
 * With `Scope.DEFAULT` there is nothing to refuse: what is kept for later requests finds each of them.
 *
 * @throws Error naming what would lose them and what to do.
 */
export function refuseLosses(modules: ModulesContainer): void {
  const dependants = dependantsOn(BackgroundTasks, modules);
  refuseDurableProviders(dependants);
  refuseScopedGateways(gatewaysOf(modules), dependants);
  refuseUnmadeEnhancers(unmadeGlobalEnhancers(modules), dependants);
}

/**
 * Refuses to start where a durable provider depends on the tasks of a request.
 *
 * Nest keeps a durable provider for the requests to come, so it would add their tasks to the batch of
 * the first.
 *
 * @throws Error naming the provider and what to do.
 */
export function refuseDurableProviders(dependants: Iterable<Dependant>): void {
  for (const { isDurable, name } of dependants) {
    if (isDurable) throw durableProviderError(name);
  }
}

/**
 * Refuses to start where Nest would make a gateway without its request-scoped tasks.
 *
 * Nest 11 makes one instance of a gateway, whatever it depends on.
 *
 * @throws Error naming the gateway and what to do.
 */
export function refuseScopedGateways(gateways: Iterable<HandlerClass>, dependants: readonly Dependant[]): void {
  if (isNest12OrLater) return;
  const refused = tokensAndClassesOf(dependants);
  for (const gateway of gateways) {
    if (refused.has(gateway)) throw scopedGatewayError(gateway.prototype.constructor.name);
  }
}

/**
 * Refuses to start where Nest has bound a global guard, pipe, interceptor or filter that it could not make.
 *
 * Nest 11.0 leaves it out, or runs it without what it depends on; later ones refuse it by themselves.
 *
 * @throws Error naming what is bound and what to do.
 */
export function refuseUnmadeEnhancers(unmade: Iterable<GlobalEnhancer>, dependants: readonly Dependant[]): void {
  const refused = tokensAndClassesOf(dependants);
  for (const enhancer of unmade) {
    if (refused.has(enhancer.token)) throw unmadeEnhancerError(enhancer);
  }
}

function durableProviderError(name: string): Error {
  return new Error(
    `Cannot inject BackgroundTasks into \`${name}\`: it is durable, so it would keep the tasks of the first request ` +
      'and give them those of all later ones. Take `tasks: BackgroundTasks` as a parameter of the handler and pass ' +
      `it on, or make \`${name}\` request-scoped without \`durable\`.`,
  );
}

function scopedGatewayError(name: string): Error {
  return new Error(
    `Cannot inject BackgroundTasks into \`${name}\`: gateways of Nest 11 cannot be request-scoped. Take ` +
      '`tasks: BackgroundTasks` as a parameter of the handler, or import the module with `scope: Scope.DEFAULT`.',
  );
}

function unmadeEnhancerError({ kind, names }: GlobalEnhancer): Error {
  const which = names.length === 0 ? '' : ` (${names.map((name) => `\`${name}\``).join(', ')})`;
  return new Error(
    `Cannot inject BackgroundTasks into what is provided as ${kind}${which}: they are request-scoped and it is not, so ` +
      'this NestJS would leave it out, or run it without them. Provide it by `useClass` or `useFactory` and with ' +
      '`scope: Scope.REQUEST`, or import the module with `scope: Scope.DEFAULT`.',
  );
}
