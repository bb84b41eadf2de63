// does what the README tells a newcomer to do after `npm ci`: starts the sample and signs somebody up
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const START_LIMIT = 60_000;
const STOP_LIMIT = 15_000;
const POLL_INTERVAL = 250;

const port = await freePort();

const sample = spawn('npm', ['start'], {
  env: { ...process.env, PORT: String(port) },
  stdio: ['ignore', 'pipe', 'pipe'],
  // a process group of its own, so that what npm starts stops with it
  detached: true,
});
const stopped = once(sample, 'close');
let output = '';
for (const stream of [sample.stdout, sample.stderr]) stream.on('data', (chunk) => (output += chunk));

try {
  const response = await answer();
  if (response.status !== 201) throw new Error(`POST /signup was answered ${response.status} in place of 201.`);
  console.log('The sample started, and POST /signup was answered 201.');
} catch (error) {
  console.error(`${error.message}\nWhat the sample printed:\n${output}`);
  process.exitCode = 1;
} finally {
  await stop();
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The answer to a sign-up, as soon as the sample accepts connections. */
async function answer() {
  const body = JSON.stringify({ username: 'ada', password: 'correct horse', email: 'ada@example.com' });
  for (const start = Date.now(); Date.now() - start < START_LIMIT; await setTimeout(POLL_INTERVAL)) {
    if (sample.exitCode !== null) throw new Error(`The sample exited with ${sample.exitCode}.`);
    const response = await fetch(`http://127.0.0.1:${port}/signup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }).catch(() => undefined);
    if (response !== undefined) return response;
  }
  throw new Error(`The sample did not answer within ${START_LIMIT} ms.`);
}

async function stop() {
  const { pid, exitCode } = sample;
  if (pid === undefined || exitCode !== null) return;
  process.kill(-pid, 'SIGTERM');
  const inTime = await Promise.race([stopped, setTimeout(STOP_LIMIT, undefined, { ref: false })]);
  if (inTime !== undefined) return;
  process.kill(-pid, 'SIGKILL');
  console.error(`The sample did not stop within ${STOP_LIMIT} ms of SIGTERM.`);
  process.exitCode = 1;
}
