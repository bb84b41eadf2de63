import type { DurableProcess } from './durable-application.js';
import type { SeenDurableTask } from './durable-seen.js';
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
  return [...stage.tasks.values()].flatMap((task) => {
    const { name } = task.plan;
    const more = task.ends.slice(before.get(name) ?? 0).join();
    const hasSucceeded = more === 'succeeded at 1';
    const isAsExpected = goesOn(task, stage, redriven, before) ? hasSucceeded : more === '';
    return isAsExpected ? [] : [`${name} came to "${more}" when what had failed was redriven`];
  });
}

function goesOn(
  { plan, ends }: SeenDurableTask,
  stage: DurableStage,
  redriven: ReadonlySet<string>,
  before: ReadonlyMap<string, number>,
): boolean {
  const told = before.get(plan.name);
  // a step that was redriven has added it
  if (told === undefined) return true;
  const id = plan.isDurable ? stage.batchThatRan(plan.name)?.id : undefined;
  return id !== undefined && redriven.has(id) && !ends.slice(0, told).some((each) => each.startsWith('succeeded'));
}
