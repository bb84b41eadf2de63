import type { Call } from './outcome.js';

/** The calls that a batch waits for. One stands for itself: a set is made for more. */
export type CallsAtWork = Call | Set<Call> | undefined;

export function listOf(calls: CallsAtWork): readonly Call[] {
  if (calls === undefined) return [];
  return calls instanceof Set ? [...calls] : [calls];
}

export function isAmong(calls: CallsAtWork, call: Call): boolean {
  return calls instanceof Set ? calls.has(call) : calls === call;
}

export function withCall(calls: CallsAtWork, call: Call): CallsAtWork {
  return calls === undefined ? call : new Set(listOf(calls)).add(call);
}

export function withoutCall(calls: CallsAtWork, call: Call): CallsAtWork {
  if (!(calls instanceof Set)) return calls === call ? undefined : calls;
  calls.delete(call);
  return calls.size === 0 ? undefined : calls;
}
