import type { BatchView } from '../src/inspector/view.js';

export const SHOWN = ['everything', 'failures', 'running'] as const;

/** What is shown. */
export type Shown = (typeof SHOWN)[number];

/** What somebody has chosen to see: kept in the address. */
export interface Choice {
  readonly find: string;
  readonly show: Shown;
  readonly isPaused: boolean;
}

export function choiceFrom(query: string): Choice {
  const given = new URLSearchParams(query);
  const show = SHOWN.find((each) => each === given.get('show')) ?? 'everything';
  return { find: given.get('find') ?? '', show, isPaused: given.has('paused') };
}

export function queryOf({ find, show, isPaused }: Choice): string {
  const query = new URLSearchParams({
    ...(find !== '' && { find }),
    ...(show !== 'everything' && { show }),
    ...(isPaused && { paused: '' }),
  });
  return query.size === 0 ? '' : `?${query.toString().replace(/=(?=&|$)/g, '')}`;
}

/** Those of `batches`, in order, that are to be seen, the latest first. */
export function select(batches: Iterable<BatchView>, { find, show }: Choice): BatchView[] {
  const sought = find.trim().toLowerCase();
  return [...batches].filter((batch) => isShown(batch, show) && (sought === '' || isFound(batch, sought))).toReversed();
}

function isShown(batch: BatchView, show: Shown): boolean {
  if (show === 'everything') return true;
  return show === 'failures' ? batch.failed > 0 : batch.finishedAt === undefined;
}

function isFound({ source, tasks }: BatchView, sought: string): boolean {
  const names = [source?.name, source?.handler, ...tasks.map(({ name }) => name)];
  return names.some((name) => name?.toLowerCase().includes(sought));
}
