import { type Context, propagation, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';

/** Before the names of what leads to the span that has sent a batch: the same names without it lead to what was around that. */
const SENDER = 'sender.';

/** Has `carry` lead to the span of `around`, with its baggage, and to `sender`. */
export function carryTrace(carry: Record<string, string>, around: Context, sender: Span | undefined): void {
  propagation.inject(around, carry);
  if (sender === undefined) return;
  propagation.inject(trace.setSpan(ROOT_CONTEXT, sender), carry, {
    set: (into, key, value) => (into[SENDER + key] = value),
  });
}

/** What was around the storing of a batch that has carried this. */
export function aroundStoring(carried: Readonly<Record<string, string>>): Context {
  return propagation.extract(ROOT_CONTEXT, carried);
}

/** The span that has sent it, if one did. */
export function senderOf(carried: Readonly<Record<string, string>>): Context {
  return propagation.extract(ROOT_CONTEXT, carried, {
    get: (from, key) => from[SENDER + key],
    keys: (from) => Object.keys(from).flatMap((key) => (key.startsWith(SENDER) ? key.slice(SENDER.length) : [])),
  });
}
