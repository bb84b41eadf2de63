import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type PostgresSettings, settingsOf, type StartedServer } from './postgres.js';

const program = fileURLToPath(new URL('postgres/server.mjs', import.meta.url));

/** A PostgreSQL that one test has for itself, which it may kill, and which keeps what it has confirmed. */
export class OwnPostgres {
  readonly #child: ChildProcess;
  #started: StartedServer;

  private constructor(child: ChildProcess, started: StartedServer) {
    this.#child = child;
    this.#started = started;
  }

  static async start(): Promise<OwnPostgres> {
    const child = fork(program, ['durable'], { silent: true, detached: true, execArgv: [] });
    return new OwnPostgres(child, await said(child));
  }

  get settings(): PostgresSettings {
    return settingsOf(this.#started);
  }

  /** Ends it as if somebody had pulled the plug; resolves when it takes no connection any more. */
  async kill(): Promise<void> {
    process.kill(this.#started.pid, 'SIGKILL');
    while (await takesConnections(this.#started.port)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Starts it on the folder, and the port, that it had. */
  async startAgain(): Promise<void> {
    do {
      this.#child.send('start');
      this.#started = await said(this.#child);
      // it and its processes may take a moment to be gone, and keep the folder until then
    } while (/shared memory|lock file/.test(this.#started.error ?? ''));
    settingsOf(this.#started);
  }

  /** Ends it, and removes its files. */
  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function said(child: ChildProcess): Promise<StartedServer> {
  const [started] = (await once(child, 'message')) as [StartedServer];
  return started;
}
