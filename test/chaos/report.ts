import type { RoundPlan } from './plan.js';
import type { SeenRequest } from './seen.js';
import type { Violation } from './stage.js';

/** How many violations are printed of each request, and of what is no request's: what is first is the cause of what follows. */
const MOST = 12;

/** What a failing round prints: what is wrong, and what its requests were to do. */
export function reportOf(violations: readonly Violation[], { connections, ...round }: RoundPlan): string {
  const requests = new Set(violations.map(({ request }) => request).filter((request) => request !== undefined));
  return [
    `${connections.length} connections of ${JSON.stringify(round)}`,
    ...some(violations.filter(({ request }) => request === undefined)),
    ...[...requests].slice(0, MOST).map((request) => reportOn(request, violations)),
  ].join('\n');
}

function reportOn(request: SeenRequest, violations: readonly Violation[]): string {
  const { plan, calls, left, isEnded, status, settlement } = request;
  return [
    `Request ${plan.id}: ${plan.ending}, status ${status}, ${JSON.stringify({ calls, left, isEnded, settlement })}`,
    ...some(violations.filter((violation) => violation.request === request)).map((what) => `  ${what}`),
    `  planned: ${JSON.stringify(plan)}`,
  ].join('\n');
}

function some(violations: readonly Violation[]): string[] {
  const first = violations.slice(0, MOST).map(({ what }) => what);
  const more = violations.length - first.length;
  return more > 0 ? [...first, `… and ${more} more`] : first;
}
