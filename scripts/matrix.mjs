/**
 * Runs the whole suite on every NestJS and Node that is supported, each run on Express and on Fastify, and
 * writes down in docs/support.md what holds where.
 *
 *     npm run matrix                                  all of them
 *     npm run matrix -- --node 24 --nest 11.0,12      some; docs/support.md stays as it is
 *
 * The binaries of Node come from npm, into a cache of node_modules.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { binaryOf } from './nodes.mjs';
import { NESTS, NODES, resultsFile, writeSupport } from './support.mjs';

const { values } = parseArgs({ options: { node: { type: 'string' }, nest: { type: 'string' } } });
const nodes = chosen(values.node, NODES, (node) => node);
const nests = chosen(values.nest, NESTS, ({ name }) => name);

function chosen(list, all, nameOf) {
  if (list === undefined) return all;
  const unknown = list.split(',').filter((each) => !all.some((one) => nameOf(one) === each));
  if (unknown.length > 0) {
    throw new Error(`Expected some of ${all.map(nameOf).join(', ')}, got ${unknown.join(', ')}.`);
  }
  return all.filter((one) => list.split(',').includes(nameOf(one)));
}

function run(command, args, env = {}) {
  return spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;
}

const installed = (nest) => run('npm', ['--prefix', `compat/${nest}`, 'ci', '--no-audit', '--no-fund']);

function suitePasses({ name, compat }, node) {
  console.log(`\n— Nest ${name} on Node ${node}`);
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const config = compat === undefined ? 'jest.whole.config.js' : 'jest.nest11.config.js';
  const output = ['--silent', '--reporters=summary', '--json', '--outputFile', resultsFile(name, node)];
  return run(binaryOf(node), [...jest, '--config', config, ...output], compat && { COMPAT: compat });
}

const failed = [];
mkdirSync('coverage/matrix', { recursive: true });
for (const nest of nests) {
  const isReady = nest.compat === undefined || installed(nest.compat);
  for (const node of nodes) {
    if (!isReady || !suitePasses(nest, node)) failed.push(`Nest ${nest.name} on Node ${node}`);
  }
}
if (nodes === NODES && nests === NESTS) {
  await writeSupport(
    NODES.map((node) => `Node ${execFileSync(binaryOf(node), ['--version'], { encoding: 'utf8' }).trim().slice(1)}`),
  );
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join('; ')}.`);
  process.exitCode = 1;
}
