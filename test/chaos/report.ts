import type { RoundPlan } from './plan.js';
import type { SeenRequest } from './seen.js';
import type { Violation } from './stage.js';

/** What a failing round prints: what is wrong, and what its requests were to do. */
export function reportOf(violations: readonly Violation[], { connections, ...round }: RoundPlan): string {
  const requests = new Set(violations.map(({ request }) => request).filter((request) => request !== undefined));
  return [
    `${connections.length} connections of ${JSON.stringify(round)}`,
    ...violations.filter(({ request }) => request === undefined).map(({ what }) => what),
    ...[...requests].map((request) => reportOn(request, violations)),
  ].join('\n');
}

function reportOn(request: SeenRequest, violations: readonly Violation[]): string {
  const { plan, calls, left, isEnded, status, settlement } = request;
  return [
    `Request ${plan.id}: ${plan.ending}, status ${status}, ${JSON.stringify({ calls, left, isEnded, settlement })}`,
    ...violations.filter((violation) => violation.request === request).map(({ what }) => `  ${what}`),
    `  planned: ${JSON.stringify(plan)}`,
  ].join('\n');
}
