import type { Scheduler } from '../running/scheduler.js';

/**
 * Looks which durable methods the providers of an application have, and says so where no engine will keep their tasks.
 *
 * @throws Error where two have one name.
 */
export function settleDurableNames({ durableNames, store, reports }: Scheduler): void {
  durableNames?.settle();
  const names = durableNames?.names ?? [];
  if (names.length > 0 && store === undefined) reports.log.notStored(names);
}
