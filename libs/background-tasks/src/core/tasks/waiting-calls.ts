/** A call of a task that has not started, in the batch that holds it. */
export interface WaitingCall {
  readonly batch: { cancel(call: WaitingCall): void };
  /** Gives up `task`, where it waits within a group. */
  drop?(task: object): void;
}

/** A call of a task that has begun, in all its attempts. */
export interface RunningCall {
  /** What it was added with. */
  readonly group: object;
  /** The batch that it was taken out of; none where it is made by hand. */
  readonly batch?: object;
}

/** What is within a task that is a group, and is run by its own class. */
export interface Within {
  /** @throws Error when something of it belongs to another response than that of `batch`. */
  checkMayJoin(batch: object): void;
  hold(call: WaitingCall): void;
  take(call: WaitingCall): void;
  begin(call: RunningCall): void;
  end(call: RunningCall): void;
}

/**
 * The calls of one task that have not started, of which a batch holds one at most.
 *
 * Most tasks have one, which stands for itself: a map is made for those that wait for several responses.
 */
export type WaitingCalls = WaitingCall | Map<object, WaitingCall> | undefined;

export function withCall(calls: WaitingCalls, call: WaitingCall): WaitingCalls {
  if (calls === undefined) return call;
  const map = calls instanceof Map ? calls : new Map<object, WaitingCall>([[calls.batch, calls]]);
  return map.set(call.batch, call);
}

export function withoutCall(calls: WaitingCalls, call: WaitingCall): WaitingCalls {
  if (!(calls instanceof Map)) return calls === call ? undefined : calls;
  calls.delete(call.batch);
  return calls.size === 0 ? undefined : calls;
}

/** Whether `batch` holds one of `calls`. */
export function isHeldBy(calls: WaitingCalls, batch: object): boolean {
  return calls instanceof Map ? calls.has(batch) : calls?.batch === batch;
}

/** Each of `calls`, as they are now. */
export function listOf(calls: WaitingCalls): WaitingCall[] {
  if (calls === undefined) return [];
  return calls instanceof Map ? [...calls.values()] : [calls];
}
