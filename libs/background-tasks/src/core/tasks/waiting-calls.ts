/** A call of a task that has not started, in the batch that holds it. */
export interface WaitingCall {
  readonly batch: { cancel(call: WaitingCall): void };
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
