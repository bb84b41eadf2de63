/**
 * Starts the sample as two processes that share a store: one answers requests and stores durable tasks, one runs them.
 *
 *     npm run start:durable                                                  on the Redis of this machine
 *     DURABLE_URL=postgres://user:password@host/database npm run start:durable
 *
 * Kill either by `kill -9`, and start this again: no mail is lost.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const DURABLE_URL = process.env.DURABLE_URL || 'redis://127.0.0.1:6379';
if (spawnSync('npx', ['nest', 'build', 'sample'], { stdio: 'inherit' }).status !== 0) process.exit(1);

const start = (program, env) =>
  spawn(process.execPath, ['--enable-source-maps', `dist/apps/sample/apps/sample/src/${program}.js`], {
    stdio: 'inherit',
    env: { ...process.env, DURABLE_URL, ...env },
  });
const processes = [start('main', { DURABLE_WORKER: 'false' }), start('worker', {})];
console.log(
  `Web: process ${processes[0].pid}. Worker: process ${processes[1].pid}. Tasks are stored in ${new URL(DURABLE_URL).host}.`,
);

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => processes.forEach((each) => each.kill(signal)));
await Promise.all(processes.map((each) => once(each, 'exit')));
