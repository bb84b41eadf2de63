import type { Ran, SeenSpan, Witness } from './witness.js';

/** How a request ends, and what tasks it adds. */
export const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  answered: ['plain'],
  thrown: ['plain'],
  stream: ['plain'],
  nested: ['nested'],
  both: ['plain', 'outer', 'inner'],
  late: ['plain'],
  waits: ['plain'],
};

/** One request, by its number; `isLost` says that nobody may have told the span of the server that it is over, or not in time. */
export interface Asked {
  readonly id: number;
  readonly ending: string;
  readonly isLost: boolean;
}

/** The trace that the client of the request `id` has begun. */
export function traceOf(id: number): string {
  return id.toString(16).padStart(32, '0');
}

/** What is wrong with the spans of the tasks of `requests`, in words. */
export function wrongIn(requests: readonly Asked[], witness: Witness): string[] {
  return requests.flatMap((asked) => {
    const own = witness.ran.filter(({ id }) => id === String(asked.id));
    const names = own.map(({ what }) => what).toSorted();
    const expected = [...(ENDINGS[asked.ending] ?? [])].toSorted();
    const wrong = names.join() === expected.join() ? [] : [`ran ${names.join()} for ${expected.join()}`];
    const all = [...wrong, ...own.flatMap((ran) => wrongWith(ran, asked, witness))];
    return all.map((each) => `request ${asked.id} (${asked.ending}): ${each}`);
  });
}

function wrongWith(ran: Ran, asked: Asked, witness: Witness): string[] {
  const traceId = traceOf(asked.id);
  const span = witness.spans.get(ran.spanId ?? '');
  if (span === undefined) return [`${ran.what} has no span that has ended`];
  if (ran.traceId !== traceId || span.traceId !== traceId) return [`${ran.what} is in the trace ${span.traceId}`];
  const server = witness.serverSpanOf(traceId);
  if (server === undefined && !asked.isLost) return ['the span of the server has not ended'];
  const parent = parentOf(span, traceId, witness) ?? server;
  const wrong = [];
  if (span.name !== `run ${ran.what}` || span.kind !== 0)
    wrong.push(`${ran.what} has a span "${span.name}" of kind ${span.kind}`);
  if (parent !== undefined && span.parent !== parent.spanId) wrong.push(`${ran.what} is no child of "${parent.name}"`);
  if (span.linked.join() !== span.parent) wrong.push(`${ran.what} is linked to ${span.linked.join()}`);
  // where a client leaves others of its connection behind, the span of the server is ended whenever
  if (server !== undefined && !asked.isLost && isBefore(span.startTime, server.endTime))
    wrong.push(`${ran.what} began too early`);
  return wrong;
}

/** What was active where it was added, if that was another span than the server's. */
function parentOf(span: SeenSpan, traceId: string, witness: Witness): SeenSpan | undefined {
  const within = { 'run nested': 'in handler', 'run inner': 'run outer' }[span.name];
  return [...witness.spans.values()].find((each) => each.traceId === traceId && each.name === within);
}

function isBefore([seconds, rest]: SeenSpan['startTime'], [otherSeconds, otherRest]: SeenSpan['endTime']): boolean {
  // clocks of spans are anchored in whole milliseconds, each at its own time
  return (seconds - otherSeconds) * 1e9 + (rest - otherRest) < -2e6;
}
