import type { Queue } from 'pg-boss';

/** Milliseconds: pg-boss takes no shorter one. */
export const SHORTEST_LEASE = 10_000;

/** In seconds: what pg-boss can wait for at most, and how long it keeps what waits. */
export const HOUR = 3600;
export const LONGEST_WAIT = 24 * HOUR;
const YEAR = 365 * LONGEST_WAIT;

/** The most that PostgreSQL's `integer` can keep, about 68 years. */
const MOST_SECONDS = 2 ** 31 - 1;
/** Attempts are counted by the library; `retry_limit` is an `integer`, too, and may be counted up. */
const ENDLESS = 1_000_000_000;

/** Milliseconds as pg-boss takes them: in whole seconds, of which 0 would mean "never" here and there. */
export function wholeSeconds(milliseconds: number): number {
  return Math.min(Math.max(1, Math.ceil(milliseconds / 1000)), MOST_SECONDS);
}

export type QueueSettings = Required<
  Pick<
    Queue,
    'policy' | 'notify' | 'heartbeatSeconds' | 'deleteAfterSeconds' | 'expireInSeconds' | 'retentionSeconds'
  > &
    Pick<Queue, 'retryLimit' | 'retryDelay' | 'retryBackoff'>
>;

/** What the queue has all its jobs begin with. */
export function queueSettings(options: { readonly keepCompleted: { readonly age: number } }): QueueSettings {
  return {
    policy: 'standard',
    notify: true,
    heartbeatSeconds: SHORTEST_LEASE / 1000,
    deleteAfterSeconds: wholeSeconds(options.keepCompleted.age),
    // its own defaults fail a batch after 15 minutes, and delete one that waits for two weeks
    expireInSeconds: LONGEST_WAIT,
    retentionSeconds: YEAR,
    retryLimit: ENDLESS,
    retryDelay: 0,
    retryBackoff: false,
  };
}
