import { createHash } from 'node:crypto';

/** The UUID that stands for `parts`: always the same one for the same parts, and another for others. */
export function derivedId(...parts: ReadonlyArray<string | number>): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  // version 8 is for those of one's own making
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `a${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
