import { readFile } from 'node:fs/promises';
import { expect } from '@jest/globals';

const workspace = new URL('../../', import.meta.url);

/** Expects every line of code in a recipe, imports aside, to stand in one of `sources` in the same order. */
export async function expectCodeOf(recipe: string, ...sources: string[]): Promise<void> {
  const [text, ...code] = await Promise.all([`docs/recipes/${recipe}`, ...sources].map(read));
  const blocks = [...(text ?? '').matchAll(/^```[jt]s\n(.*?)^```$/gms)].map(([, block = '']) => block);
  expect(blocks).not.toEqual([]);
  const all = squeezed(code.join('\n'));
  for (const paragraph of blocks.flatMap((block) => block.split('\n\n'))) {
    expect(all).toContain(squeezed(paragraph));
  }
}

function read(path: string): Promise<string> {
  return readFile(new URL(path, workspace), 'utf8');
}

/** Without imports, and without what a formatter changes. */
function squeezed(code: string): string {
  const lines = code.split('\n').filter((line) => !line.startsWith('import '));
  return lines
    .join('')
    .replace(/\s+/g, '')
    .replace(/,(?=[\])}])|,$/g, '');
}
