/**
 * Runs the whole suite on every NestJS and Node that is supported, each run on Express and on Fastify, and
 * writes down in docs/support.md what holds where.
 *
 *     npm run matrix                                  all of them
 *     npm run matrix -- --node 24 --nest 11.0,12      some; docs/support.md stays as it is
 *
 * The binaries of Node come from npm, into a cache of node_modules.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NESTS, NODES, resultsFile, writeSupport } from './support.mjs';

const { values } = parseArgs({ options: { node: { type: 'string' }, nest: { type: 'string' } } });
const nodes = chosen(values.node, NODES);
const nests = chosen(values.nest, Object.keys(NESTS));

function chosen(list, all) {
  if (list === undefined) return all;
  const given = list.split(',');
  const unknown = given.filter((each) => !all.includes(each));
  if (unknown.length === 0) return given;
  console.error(`Expected some of ${all.join(', ')}, got ${unknown.join(', ')}.`);
  process.exit(2);
}

function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return status === 0;
}

/** Where the binary of this version is, installed if it was not. */
function binaryOf(node) {
  const folder = `node_modules/.cache/matrix/node-${node}`;
  const binary = `${folder}/node_modules/node/bin/node`;
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--allow-scripts=node', `node@${node}`]);
  }
  return binary;
}

let hasFailed = false;
mkdirSync('coverage/matrix', { recursive: true });
for (const nest of nests) {
  const { compat } = NESTS[nest];
  if (compat !== undefined) hasFailed ||= !run('npm', ['--prefix', `compat/${compat}`, 'ci', '--no-audit', '--no-fund']);
  for (const node of nodes) {
    console.log(`\n— Nest ${nest} on Node ${node}`);
    const config = compat === undefined ? 'jest.config.js' : 'jest.nest11.config.js';
    const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
    const options = ['--silent', '--reporters=summary', '--config', config, '--json', '--outputFile', resultsFile(nest, node)];
    // it installs every NestJS by itself
    const ignored = ['--testPathIgnorePatterns', 'package.spec'];
    const passed = run(binaryOf(node), [...jest, ...options], { COMPAT: compat ?? '' });
    hasFailed ||= !passed;
  }
}
if (nodes.length === NODES.length && nests.length === Object.keys(NESTS).length) writeSupport();
process.exitCode = hasFailed ? 1 : 0;
