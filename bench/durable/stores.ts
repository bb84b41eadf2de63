import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A store of this run's own. */
export interface RunningStore {
  /** How clients reach it. */
  readonly connection: object;
  readonly version: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** A Redis as the documentation asks for; nothing where none is installed. */
export async function startRedis(): Promise<RunningStore | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'));
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', HOST, '--dir', folder, '--appendonly', 'yes', '--save', ''];
  const server = spawn('redis-server', args);
  const isMissing = once(server, 'error').then(() => undefined);
  const version = await Promise.race([isMissing, readyLine(server)]);
  const stop = async (): Promise<void> => {
    await ended(server, () => server.kill('SIGKILL'));
    rmSync(folder, { recursive: true, force: true });
  };
  if (version === undefined) rmSync(folder, { recursive: true, force: true });
  return version === undefined ? undefined : { connection: { host: HOST, port }, version, stop };
}

/** A PostgreSQL that writes to its disk, as by default. */
export async function startPostgres(): Promise<RunningStore | undefined> {
  const server = fork('test/harness/postgres/server.mjs', ['durable'], { silent: true, detached: true, execArgv: [] });
  const [{ port, password, error }] = (await once(server, 'message')) as [
    { readonly port: number; readonly password: string; readonly error?: string },
  ];
  const stop = (): Promise<void> => ended(server, () => server.disconnect());
  const connection = { host: HOST, port, user: 'postgres', password, database: 'postgres' };
  if (error === undefined) return { connection, version: 'PostgreSQL 18', stop };
  await stop();
  return undefined;
}

async function readyLine(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('Nothing can be read of the Redis.');
  let version = 'Redis';
  for await (const line of createInterface({ input: server.stdout })) {
    version = /version=([\d.]+)/i.exec(line)?.[1]?.replace(/^/, 'Redis ') ?? version;
    if (line.includes('Ready to accept connections')) return version;
  }
  throw new Error('Redis has ended before it was ready.');
}

async function ended(server: ChildProcess, end: () => unknown): Promise<void> {
  const exited = once(server, 'exit');
  end();
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
