/**
 * Holds `typesVersions` of the library against its `exports`: what TypeScript reads that does not know `exports`, as
 * with `"module": "commonjs"`. With `--write`, writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const file = join(import.meta.dirname, '../libs/background-tasks/package.json');
const manifest = JSON.parse(readFileSync(file, 'utf8'));

const paths = Object.entries(manifest.exports).flatMap(([entry, { types }]) =>
  entry === '.' || types === undefined ? [] : [[entry.slice('./'.length), [types]]],
);
const typesVersions = { '*': Object.fromEntries(paths) };

if (process.argv.includes('--write')) {
  writeFileSync(file, `${JSON.stringify({ ...manifest, typesVersions }, undefined, 2)}\n`);
} else if (!isDeepStrictEqual(manifest.typesVersions, typesVersions)) {
  console.error('typesVersions is not what exports says. Run `node scripts/types-versions.mjs --write`.');
  process.exitCode = 1;
}
