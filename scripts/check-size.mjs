/**
 * Checks that no entry of the built library has grown beyond its budget: `npm run size:check`, after `npm run build`.
 *
 * A size is that of the entry minified and compressed, without other packages; for all but the main entry, without the core,
 * which every application has loaded already.
 */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** In thousands of bytes; the inspector with its page. Raise one only with a reason that is worth a line in the changelog. */
const BUDGETS = {
  index: 40,
  testing: 2,
  piscina: 3,
  bullmq: 20,
  'pg-boss': 20,
  opentelemetry: 3.3,
  inspector: 25,
};

const DIST = 'libs/background-tasks/dist';

const rows = await Promise.all(
  Object.entries(BUDGETS).map(async ([entry, budget]) => ({ entry, budget, size: await sizeOf(entry) })),
);
for (const { entry, budget, size } of rows) {
  console.log(`${entry.padEnd(14)} ${size.toFixed(1).padStart(5)} kB of ${budget}`);
}
const over = rows.filter(({ size, budget }) => size > budget).map(({ entry }) => entry);
if (over.length > 0) {
  console.error(`Larger than their budgets: ${over.join(', ')}.`);
  process.exitCode = 1;
}

async function sizeOf(entry) {
  const isMain = entry === 'index';
  const { outputFiles } = await build({
    entryPoints: [`${DIST}/${isMain ? entry : `${entry}/index`}.js`],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    ...(isMain ? {} : { external: ['../core/*', '../../core/*'] }),
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length / 1000;
}
