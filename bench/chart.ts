import type { CaseResult, SuiteResult } from './results.js';
import { costOf, ratioOf } from './statistics.js';

const WIDTH = 860;
const LABELS = 380;
const BARS = 340;
const TOP = 96;
const BAR = 15;
const ROW_GAP = 12;
const MARGIN = 24;

/** It brings its own background: a page may be light where the reader's system is dark. */
const STYLE = `
  svg { font-family: system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; font-size: 13px; }
  .page { fill: #ffffff; stroke: #d0d7de; }
  .text { fill: #1f2328; }
  .quiet { fill: #59636e; }
  .title { font-size: 16px; font-weight: 600; }
  .line { stroke: #8c959f; stroke-dasharray: 3 3; }
  .bar0 { fill: #3b82d9; }
  .bar1 { fill: #e08a1e; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d; }
    .text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .line { stroke: #656c76; }
  }
`;

/** A picture of the CPU time a request costs relative to the first case, the same cases of each suite side by side. */
export function chartOf(suites: readonly SuiteResult[]): string {
  const titles = suites[0]?.cases.map(({ title }) => title).slice(1) ?? [];
  const rowHeight = suites.length * BAR + ROW_GAP;
  const bottom = TOP + titles.length * rowHeight;
  const scale = BARS / Math.max(1, ...suites.flatMap(({ cases }) => cases.map((each) => ratio(cases, each) ?? 0)));
  const rows = titles.map((title, row) => {
    const bars = suites.map(({ cases }, place) => barOf(cases, cases[row + 1], place, scale));
    return `<g transform="translate(0 ${TOP + row * rowHeight})">${label(title, suites.length)}${bars.join('')}</g>`;
  });
  return page(bottom + MARGIN, [
    text('title text', MARGIN, 36, 'Server CPU time per request'),
    text('quiet', MARGIN, 58, 'relative to the same route without the library; less is better'),
    ...suites.map(({ title }, place) => legend(title, place)),
    `<line class="line" x1="${LABELS + scale}" x2="${LABELS + scale}" y1="${TOP - 6}" y2="${bottom - 6}"/>`,
    text('quiet', LABELS + scale, TOP - 12, 'no module = 1', 'middle'),
    ...rows,
  ]);
}

function ratio(cases: readonly CaseResult[], of: CaseResult | undefined): number | undefined {
  const [first] = cases;
  return first && of && ratioOf(of, first);
}

function label(title: string, bars: number): string {
  return text('text', LABELS - 12, (bars * BAR) / 2 + 5, title.replaceAll('`', ''), 'end');
}

function barOf(cases: readonly CaseResult[], of: CaseResult | undefined, place: number, scale: number): string {
  const value = ratio(cases, of);
  if (of === undefined || value === undefined) return '';
  const [top, width] = [place * BAR, rounded(value * scale)];
  return [
    `<rect class="bar${place}" x="${LABELS}" y="${top + 1}" width="${width}" height="${BAR - 2}" rx="2"/>`,
    text('text', rounded(LABELS + width + 8), top + BAR - 3, `${value.toFixed(2)} · ${costOf(of).toFixed(1)} µs`),
  ].join('');
}

function legend(title: string, place: number): string {
  const [x, y] = [WIDTH - MARGIN - 250, 26 + place * 20];
  return `<rect class="bar${place}" x="${x}" y="${y}" width="12" height="12" rx="2"/>${text('text', x + 18, y + 11, title)}`;
}

function text(className: string, x: number, y: number, content: string, anchor = 'start'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text class="${className}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}

function page(height: number, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    '<title>Server CPU time per request, relative to the same route without the library</title>',
    `<style>${STYLE}</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    ...content,
    '</svg>\n',
  ].join('\n');
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
