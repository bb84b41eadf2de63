import { computed, signal } from '@preact/signals';
import type { BatchView, ChangeView, SnapshotView, StatsView } from '../src/inspector/view.js';
import { type Choice, choiceFrom, queryOf, select } from './selection.js';
import { isGrowing } from './times.js';

/** Whether what one sees is how it is now. */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'paused' | 'crowded' | 'refused';

export const connection = signal<Connection>('connecting');
export const stats = signal<StatsView | undefined>(undefined);
export const dropped = signal(0);
export const choice = signal<Choice>(choiceFrom(location.search));
/** By id, in the order in which they got their first task. */
export const batches = signal<ReadonlyMap<string, BatchView>>(new Map());
/** Which lines are open: those of the failed ones, and of the latest, apart. */
export const opened = signal<ReadonlySet<string>>(new Set());
/** Whether the lines stay where they are, as somebody points at one. */
export const isHeld = signal(false);
/** The time by the clock of the server, as often as what grows has to be drawn. */
export const now = signal(0);
/** By how much that is ahead of this one's. */
let ahead = 0;

/** How many failed ones are listed before one asks for the others. */
const FIRST_FAILED = 5;
export const areAllFailedShown = signal(false);

/** The lines that were there when somebody began to point at one. */
const held = signal<ReadonlySet<BatchView['id']>>(new Set());

export const selected = computed(() => select(batches.value.values(), choice.value));

export const failed = computed(() => selected.value.filter((batch) => batch.failed > 0 && isListed('failed', batch)));

export const failedShown = computed(() =>
  areAllFailedShown.value || choice.value.show === 'failures' ? failed.value : failed.value.slice(0, FIRST_FAILED),
);

export const latest = computed(() =>
  choice.value.show === 'failures' ? [] : selected.value.filter((batch) => isListed('latest', batch)),
);

/** How many lines wait until nobody points at one any more. */
export const unlisted = computed(() => {
  if (!isHeld.value) return 0;
  return selected.value.filter((batch) => !isListed(batch.failed > 0 ? 'failed' : 'latest', batch)).length;
});

export const isAnythingGrowing = computed(() => [...batches.value.values()].some(isGrowing));

export function keyOf(list: 'failed' | 'latest', { id }: BatchView): string {
  return `${list} ${id}`;
}

function isListed(list: 'failed' | 'latest', batch: BatchView): boolean {
  return !isHeld.value || held.value.has(keyOf(list, batch));
}

/** Keeps the lines where they are. */
export function hold(): void {
  if (isHeld.value) return;
  const keys = [
    ...failed.value.map((each) => keyOf('failed', each)),
    ...latest.value.map((each) => keyOf('latest', each)),
  ];
  held.value = new Set(keys);
  isHeld.value = true;
}

export function letGo(): void {
  isHeld.value = false;
}

export function choose(part: Partial<Choice>): void {
  letGo();
  choice.value = { ...choice.value, ...part };
  history.replaceState(null, '', location.pathname + queryOf(choice.value) + location.hash);
}

export function toggle(key: string): void {
  const next = new Set(opened.value);
  if (!next.delete(key)) next.add(key);
  opened.value = next;
}

export function show(snapshot: SnapshotView): void {
  tell(snapshot);
  batches.value = new Map(snapshot.batches.map((batch) => [batch.id, batch]));
}

export function change(changed: ChangeView): void {
  tell(changed);
  const next = new Map(batches.value);
  for (const id of changed.gone) next.delete(id);
  for (const batch of changed.batches) next.set(batch.id, batch);
  batches.value = next;
}

function tell(told: Pick<ChangeView, 'now' | 'stats' | 'dropped'>): void {
  ahead = told.now - Date.now();
  now.value = told.now;
  stats.value = told.stats;
  dropped.value = told.dropped;
}

export function tick(): void {
  now.value = Date.now() + ahead;
}
