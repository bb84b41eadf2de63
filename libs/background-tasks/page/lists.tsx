import type { BatchView } from '../src/inspector/view.js';
import { Batch } from './batch.js';
import {
  areAllFailedShown,
  batches,
  choice,
  connection,
  dropped,
  failed,
  failedShown,
  hold,
  keyOf,
  latest,
  letGo,
  opened,
  unlisted,
} from './state.js';
import { counted } from './wording.js';

/** The batches: failed ones above all else, and then the latest. */
export function Lists() {
  return (
    <main onPointerMove={point} onPointerLeave={letGo} onKeyDown={step}>
      <Unlisted />
      <Failed />
      <Latest />
      <Kept />
    </main>
  );
}

/** Milliseconds for which the lines stay where they are, once the pointer has stopped: one who only watches wants to see. */
const STILL = 4_000;

let still: number | undefined;

/** Whoever moves the pointer is about to hit something; fingers show nothing of that. */
function point({ pointerType }: PointerEvent): void {
  if (pointerType !== 'mouse') return;
  hold();
  clearTimeout(still);
  still = setTimeout(letGo, STILL);
}

function Unlisted() {
  const count = unlisted.value;
  if (count === 0) return null;
  return (
    <button class="unlisted" type="button" onClick={letGo}>
      {counted(count)} new
    </button>
  );
}

function Failed() {
  const all = failed.value.length;
  if (all === 0) return null;
  const hidden = all - failedShown.value.length;
  return (
    <section aria-labelledby="failed">
      <h2 id="failed">Failed ({counted(all)})</h2>
      <List name="failed" batches={failedShown.value} />
      {hidden > 0 ? (
        <button class="others" type="button" onClick={() => (areAllFailedShown.value = true)}>
          Show {counted(hidden)} more
        </button>
      ) : null}
    </section>
  );
}

function Latest() {
  const { show } = choice.value;
  if (show === 'failures') return failed.value.length > 0 ? null : <p class="empty">{nothing()}</p>;
  return (
    <section aria-labelledby="latest">
      <h2 id="latest">{show === 'running' ? 'Not finished' : 'Latest'}</h2>
      {latest.value.length === 0 ? <p class="empty">{nothing()}</p> : null}
      <List name="latest" batches={latest.value} />
    </section>
  );
}

function nothing(): string {
  if (batches.value.size > 0) return 'Nothing here is like that.';
  return connection.value === 'connecting' ? 'Looking …' : 'No tasks yet. Those of the next request are shown here.';
}

function List({
  name,
  batches: listed,
}: {
  readonly name: 'failed' | 'latest';
  readonly batches: readonly BatchView[];
}) {
  const open = opened.value;
  return (
    <ol class="batches">
      {listed.map((batch) => {
        const key = keyOf(name, batch);
        return <Batch key={key} id={key} batch={batch} isOpen={open.has(key)} />;
      })}
    </ol>
  );
}

function Kept() {
  if (dropped.value === 0) return null;
  return (
    <p class="kept">
      {counted(batches.value.size)} kept; {counted(dropped.value)} older ones were let go.
    </p>
  );
}

/** The arrow keys lead from line to line. */
function step(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined || !(event.target instanceof Element) || !event.target.matches('.line')) return;
  const lines = [...document.querySelectorAll<HTMLElement>('.line')];
  lines[lines.indexOf(event.target as HTMLElement) + by]?.focus();
  event.preventDefault();
}
