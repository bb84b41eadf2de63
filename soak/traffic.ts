import { type Counts, nothing } from './counts.js';

/** A kind of request, and what becomes of its tasks. */
export interface Kind {
  readonly path: string;
  readonly counts: Counts;
  /** The client leaves as soon as the response has begun. */
  readonly hangsUp?: boolean;
}

const kinds: readonly Kind[] = [
  { path: '/parameter', counts: { ...nothing, succeeded: 1 } },
  { path: '/constructor', counts: { ...nothing, succeeded: 1 } },
  { path: '/response', counts: { ...nothing, succeeded: 2 } },
  { path: '/fails', counts: { ...nothing, failed: 1, skipped: 1 } },
  { path: '/throws', counts: { ...nothing, succeeded: 1, skipped: 1 } },
  { path: '/nested', counts: { ...nothing, succeeded: 2 } },
  { path: '/denied', counts: { ...nothing, succeeded: 1 } },
  { path: '/stream', counts: { ...nothing, succeeded: 1 } },
  { path: '/slow', counts: { ...nothing, succeeded: 1 } },
  { path: '/retried', counts: { ...nothing, succeeded: 1 } },
  { path: '/plain', counts: nothing },
];

const leaving: Kind = { path: '/events', counts: { ...nothing, succeeded: 1 }, hangsUp: true };

/** One in so many clients hangs up: it costs a new connection. */
const LEAVING = 50;

/** The kind of the request with this number. */
export function kindOf(number: number): Kind {
  return number % LEAVING === 0 ? leaving : (kinds[number % kinds.length] ?? leaving);
}
