import type { Bar } from './chart.js';

/** Bars on one line; every fact in it is beside it, as text. */
export function Chart({ bars, sent }: { readonly bars: readonly Bar[]; readonly sent: number | undefined }) {
  return (
    <svg class="chart" aria-hidden="true" focusable="false">
      {bars.map(({ kind, x, width }) => (
        <rect class={kind} x={`${x}%`} width={`${width}%`} />
      ))}
      {sent === undefined ? null : <line class="sent" x1={`${sent}%`} x2={`${sent}%`} y1="0" y2="100%" />}
    </svg>
  );
}
