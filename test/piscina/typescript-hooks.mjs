// runs the library from its sources in a bare Node, and tells which modules are loaded
import { readFile } from 'node:fs/promises';
import { transform } from '@swc/core';
import jestConfig from '../../jest.config.js';

const [, options] = jestConfig.transform['\\.ts$'];
let port;

export function initialize(data) {
  port = data.port;
}

export async function resolve(specifier, context, nextResolve) {
  const isFromSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
  const resolved = await nextResolve(isFromSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  port.postMessage(resolved.url);
  return resolved;
}

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const { code } = await transform(await readFile(new URL(url), 'utf8'), options);
  return { format: 'module', source: code, shortCircuit: true };
}
