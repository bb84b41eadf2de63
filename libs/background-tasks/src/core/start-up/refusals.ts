import type { ModulesContainer } from '@nestjs/core';
import { type Dependant, dependantsOn, tokensAndClassesOf } from '../nest/dependants.js';
import { gatewaysOf } from '../nest/handler-classes.js';
import type { HandlerClass } from '../nest/metadata.js';
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
