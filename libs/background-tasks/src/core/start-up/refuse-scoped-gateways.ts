import * as nest from '@nestjs/common';
import { type Dependant, tokensAndClassesOf } from '../nest/dependants.js';
import type { ControllerClass } from '../nest/handler-classes.js';

/** Nest 11 makes one instance of a gateway, whatever it depends on. */
const hasScopedGateways = 'StandardSchemaValidationPipe' in nest;

/**
 * Refuses to start where Nest would make a gateway without its request-scoped tasks.
 *
 * @throws Error naming the gateway and what to do.
 */
export function refuseScopedGateways(gateways: Iterable<ControllerClass>, dependants: readonly Dependant[]): void {
  if (hasScopedGateways) return;
  const refused = tokensAndClassesOf(dependants);
  for (const gateway of gateways) {
    if (refused.has(gateway)) throw scopedGatewayError(gateway.prototype.constructor.name);
  }
}

function scopedGatewayError(name: string): Error {
  return new Error(
    `Cannot inject BackgroundTasks into \`${name}\`: gateways of Nest 11 cannot be request-scoped. Take ` +
      '`tasks: BackgroundTasks` as a parameter of the handler, or import the module with `scope: Scope.DEFAULT`.',
  );
}
