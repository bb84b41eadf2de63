/** Prints where a TypeScript finds the types of each entry of the library, by its own rules for `module`. */
const { join } = require('node:path');

const [compiler, kind, resolution, mode, ...entries] = process.argv.slice(2);
const ts = require(compiler);
const settings = { module: kind, moduleResolution: resolution };
const { options } = ts.convertCompilerOptionsFromJson(settings, __dirname);

for (const entry of entries) {
  const name = join('nestjs-background-tasks', entry);
  const found = ts.resolveModuleName(name, __filename, options, ts.sys, undefined, undefined, ts.ModuleKind[mode]);
  console.log(name, found.resolvedModule?.resolvedFileName.split('/nestjs-background-tasks/').at(-1));
}
