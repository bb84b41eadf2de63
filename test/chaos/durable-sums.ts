import type { DurableProcess } from './durable-application.js';
import type { DurableStage } from './durable-stage.js';

/** What is wrong with what a process has counted, in the end. */
export function wrongWithCounts({ runner, events }: DurableProcess): string[] {
  const { batches, pending, running, succeeded, failed, skipped, stored } = runner.stats();
  const count = (type: string): number => events.filter((event) => event.type === type).length;
  const released = new Set(events.flatMap((event) => (event.type === 'released' ? [event.batchId] : [])));
  const handedOver = events.flatMap((event) =>
    event.type === 'stored' && released.has(event.batchId) ? [...event.names] : [],
  );
  const seen = { batches, pending, running, succeeded, failed, skipped, stored };
  const expected = {
    batches: 0,
    pending: 0,
    running: 0,
    succeeded: count('succeeded'),
    failed: count('failed'),
    skipped: count('skipped'),
    stored: handedOver.length,
  };
  const isSame = JSON.stringify(seen) === JSON.stringify(expected);
  return isSame ? [] : [`counted ${JSON.stringify(seen)}, for ${JSON.stringify(expected)}`];
}

/** What is wrong once all that had failed has gone on; `before`, so many ends of each task were told. */
export function wrongWithRedriven(
  stage: DurableStage,
  redriven: ReadonlySet<string>,
  before: ReadonlyMap<string, number>,
): string[] {
  return [...stage.tasks.values()].flatMap(({ plan: { name, isDurable }, ends }) => {
    const more = ends.slice(before.get(name) ?? 0);
    const hadSucceeded = ends.slice(0, before.get(name)).some((each) => each.startsWith('succeeded'));
    const id = isDurable ? stage.batchThatRan(name)?.id : undefined;
    const goesOn = id !== undefined && redriven.has(id) && !hadSucceeded;
    const isAsExpected = goesOn ? more.join() === 'succeeded at 1' : more.length === 0;
    return isAsExpected ? [] : [`${name} came to "${more.join()}" ${goesOn ? 'when it was redriven' : 'again'}`];
  });
}
