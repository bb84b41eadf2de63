import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Those that a machine may have: any of them will do. */
const PROGRAMS = ['redis-server', 'valkey-server'];

/** Why no Redis can be started for the tests, if none can. */
export async function withoutRedis(): Promise<string | undefined> {
  return (await program()) === undefined ? `neither ${PROGRAMS.join(' nor ')} is installed` : undefined;
}

/** A Redis, or a Valkey, of a test's own, that keeps an append-only file in a folder of its own. */
export class RedisServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #folder: string;
  readonly #program: string;
  readonly #args: readonly string[];
  #process?: ChildProcess;

  private constructor(port: number, folder: string, name: string, args: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#program = name;
    this.#args = args;
  }

  /** Starts it; resolves when it takes connections. */
  static async start(...args: string[]): Promise<RedisServer> {
    const name = await program();
    if (name === undefined) throw new Error('There is no Redis to start.');
    const folder = await mkdtemp(join(tmpdir(), 'redis-'));
    const server = new RedisServer(await freePort(), folder, name, args);
    await server.restart();
    return server;
  }

  /** Starts it again, with what it has kept. */
  async restart(): Promise<void> {
    const { port, host } = this;
    const place = ['--port', `${port}`, '--bind', host, '--dir', this.#folder];
    const started = spawn(this.#program, [...place, '--appendonly', 'yes', '--save', '', ...this.#args]);
    this.#process = started;
    const lines = createInterface({ input: started.stdout });
    const ready = new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => line.includes('Ready to accept connections') && resolve());
      started.once('exit', (code) => reject(new Error(`${this.#program} ended with ${code}.`)));
    });
    await ready;
  }

  /** Ends it as a power cut would, but for what the kernel has in its hands. */
  async kill(): Promise<void> {
    await this.#end();
  }

  /** Ends it, and removes what it has kept. */
  async stop(): Promise<void> {
    // it refuses SIGTERM while it begins an append-only file
    await this.#end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exit = once(running, 'exit');
    running.kill('SIGKILL');
    await exit;
  }
}

async function program(): Promise<string | undefined> {
  for (const name of PROGRAMS) {
    const found = await promisify(execFile)(name, ['--version']).then(
      () => true,
      () => false,
    );
    if (found) return name;
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
