/** A table in Markdown: names to the left, and figures, in all other columns, to the right. */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const align = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, align, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
