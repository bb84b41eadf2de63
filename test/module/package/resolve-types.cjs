/**
 * Prints where a TypeScript finds the types of each entry of the library, by its own rules for each `module`: loading the
 * compiler takes much longer than asking it.
 */
const { join } = require('node:path');

const [compiler, ...entries] = process.argv.slice(2);
const ts = require(compiler);

const WAYS = [
  ['nodenext', 'nodenext', 'CommonJS'],
  ['nodenext', 'nodenext', 'ESNext'],
  ['node16', 'node16', 'ESNext'],
  ['esnext', 'bundler', 'ESNext'],
  ['commonjs', 'node10', 'CommonJS'],
];

function typesOf(entry, [kind, resolution, mode]) {
  const { options } = ts.convertCompilerOptionsFromJson({ module: kind, moduleResolution: resolution }, __dirname);
  const name = join('nestjs-background-tasks', entry);
  const found = ts.resolveModuleName(name, __filename, options, ts.sys, undefined, undefined, ts.ModuleKind[mode]);
  return found.resolvedModule?.resolvedFileName.split('/nestjs-background-tasks/').at(-1) ?? 'nowhere';
}

const found = WAYS.map((way) => {
  const [kind, resolution, mode] = way;
  const files = Object.fromEntries(entries.map((entry) => [entry, typesOf(entry, way)]));
  return [`module ${kind}, moduleResolution ${resolution}, from ${mode}`, files];
});
console.log(JSON.stringify(Object.fromEntries(found)));
