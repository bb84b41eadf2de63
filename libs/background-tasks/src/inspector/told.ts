import type { InspectorStore } from './store.js';
import type { ChangeView, SnapshotView, StatsView } from './view.js';

/** All that is kept. */
export function snapshotOf({ dropped, records }: InspectorStore, stats: StatsView): SnapshotView {
  return { v: 1, stats, dropped, batches: records.map(({ view }) => view) };
}

/**
 * The event `snapshot`, piece by piece: whole, it may be of megabytes, for each who looks.
 *
 * Each batch is a line of its data, as it is when that line is asked for.
 */
export function* snapshotLines({ dropped, records }: InspectorStore, stats: StatsView): Generator<string> {
  const head = JSON.stringify({ v: 1, stats, dropped, batches: [] } satisfies SnapshotView).slice(0, -'[]}'.length);
  yield `event: snapshot\ndata: ${head}[\n`;
  for (const [index, { view }] of records.entries()) yield `data: ${index === 0 ? '' : ','}${JSON.stringify(view)}\n`;
  yield 'data: ]}\n\n';
}

/** The event `change`, since `revision`; there is none where that was too long ago. */
export function changeOf(store: InspectorStore, revision: number, stats: StatsView): string | undefined {
  const changes = store.changesSince(revision);
  if (changes === undefined) return undefined;
  const batches = changes.records.map(({ view }) => view);
  const change: ChangeView = { stats, dropped: store.dropped, batches, gone: [...changes.gone] };
  return `event: change\ndata: ${JSON.stringify(change)}\n\n`;
}
