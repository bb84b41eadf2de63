import type { EndingAttempt } from './task-result.js';
import type { RunningCall } from './waiting-calls.js';

/** An attempt of a task that is run by its own class, and the call that it is one of. */
export interface Started {
  readonly attempt: EndingAttempt;
  readonly call: RunningCall;
}

let attemptHere: () => EndingAttempt | undefined = () => undefined;

/** Says how to find the attempt that is made where somebody asks: what runs tasks knows it. */
export function findAttemptBy(find: () => EndingAttempt | undefined): void {
  attemptHere = find;
}

/** The one of `all` that `super.run()` is called in: if they are several, as for two responses, that which is made here. */
export function startedHere(all: ReadonlySet<Started> | undefined): Started | undefined {
  if (all === undefined || all.size === 0) return undefined;
  const list = [...all];
  const here = list.length === 1 ? undefined : attemptHere();
  return list.find(({ attempt }) => attempt === here) ?? list.at(-1);
}

/** Calls `run`; until that has ended, `started` is among `all`, so that `super.run()` finds it, however late it is called. */
export function runStarted(
  all: Set<Started>,
  started: Started,
  run: () => Promise<void> | undefined,
): Promise<void> | undefined {
  const forget = (): void => void all.delete(started);
  all.add(started);
  let ended: Promise<void> | undefined;
  try {
    ended = run();
    return ended;
  } finally {
    if (ended === undefined) forget();
    else ended.then(forget, forget);
  }
}
