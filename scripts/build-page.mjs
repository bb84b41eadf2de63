// builds the page of the inspector into a module that serves it from memory; with `--check`, says whether it is current
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = join(import.meta.dirname, '../libs/background-tasks/page');
const generated = join(root, '../src/inspector/page.generated.ts');
/** Bytes, gzipped: what the page may take, all in all. */
const BUDGET = 20_000;

const { output } = await build({
  root,
  configFile: false,
  logLevel: 'warn',
  build: {
    write: false,
    target: 'es2023',
    // `light-dark()` as it is written: what makes old browsers understand it is larger than the style
    cssTarget: 'esnext',
    modulePreload: false,
    rolldownOptions: { input: join(root, 'main.tsx') },
  },
}).then((built) => [built].flat()[0]);

const only = (kind) => {
  const found = output.filter(({ fileName }) => fileName.endsWith(kind));
  if (found.length !== 1)
    throw new Error(`Expected one file of ${kind}, got ${output.map(({ fileName }) => fileName)}.`);
  return String(found[0].code ?? found[0].source).trim();
};

const read = (name) => readFileSync(join(root, name), 'utf8').trim();
const parts = {
  HTML: read('index.html').replaceAll(/\n\s*/g, '\n'),
  SCRIPT: only('.js'),
  CSS: only('.css'),
  ICON: read('icon.svg'),
};

const size = Object.values(parts).reduce((sum, text) => sum + gzipSync(text).length, 0);
if (size > BUDGET) throw new Error(`The page takes ${size} bytes, gzipped: more than its ${BUDGET}.`);

const lines = Object.entries(parts).map(([name, text]) => `export const ${name}: string = ${JSON.stringify(text)};\n`);
const module = `// made of libs/background-tasks/page by scripts/build-page.mjs: do not edit\n\n${lines.join('\n')}`;

if (!process.argv.includes('--check')) {
  writeFileSync(generated, module);
} else if (readFileSync(generated, 'utf8') !== module) {
  throw new Error('The page of the inspector has changed, and its module has not: run `npm run build:page`.');
}
console.error(`The page of the inspector takes ${size} bytes, gzipped.`);
