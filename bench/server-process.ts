import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { Case } from './cases.js';
import { Load } from './load.js';
import { CONNECTIONS, WARM_UP_REQUESTS, WARM_UPS } from './settings.js';

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** What a server says, a line of JSON each time: first where it listens, then a usage whenever it is asked. */
type Message = Listening | Usage;

interface Listening {
  readonly port: number;
  /** Its routes, and how often each calls the trivial function. */
  readonly routes: Readonly<Record<string, number>>;
}

interface Usage {
  /** Microseconds of CPU time, of the user and the system, since the process started. */
  readonly cpu: number;
  /** How often the trivial function was called. */
  readonly calls: number;
}

/** A server in a process of its own, that can be loaded with requests and tells what they cost. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #messages: AsyncIterator<string>;
  #listening: Listening = { port: 0, routes: {} };
  #expectedCalls = 0;

  private constructor(child: ChildProcess, messages: AsyncIterator<string>) {
    this.#child = child;
    this.#messages = messages;
  }

  static async start([program, ...args]: Command): Promise<ServerProcess> {
    const environment = { ...process.env, NODE_ENV: 'production' };
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
    const server = new ServerProcess(child, createInterface(child.stdout)[Symbol.asyncIterator]());
    server.#listening = (await server.#next()) as Listening;
    return server;
  }

  /** Serves every route of the application, and then the one that will be measured. */
  async warmUp(of: Case, requests: number): Promise<void> {
    for (const path of Object.keys(this.#listening.routes)) await this.#load(path, CONNECTIONS, WARM_UP_REQUESTS);
    for (let time = 0; time < WARM_UPS; time++) await this.measure(of, requests);
  }

  /**
   * The microseconds of CPU time that a request costs, measured over about `requests` of them on new connections,
   * without the first of each connection.
   */
  async measure({ path, connections = CONNECTIONS }: Case, requests: number): Promise<number> {
    return this.#load(path, connections, Math.max(requests, 3 * connections));
  }

  /** Fails unless each request so far led to as many calls of the trivial function as its route makes. */
  async expectCalls(): Promise<void> {
    let usage = await this.#usage();
    // the last ones may be in a thread that has not come to it
    for (let asked = 1; usage.calls < this.#expectedCalls && asked < 100; asked++) {
      await setTimeout(10);
      usage = await this.#usage();
    }
    if (usage.calls !== this.#expectedCalls) {
      throw new Error(`Expected ${this.#expectedCalls} calls of the trivial function, got ${usage.calls}.`);
    }
  }

  async stop(): Promise<void> {
    const exit = this.#child.exitCode === null ? once(this.#child, 'exit') : undefined;
    this.#child.stdin?.end();
    await exit;
  }

  async #load(path: string, connections: number, wanted: number): Promise<number> {
    const { port, routes } = this.#listening;
    const calls = routes[path];
    if (calls === undefined) throw new Error(`The server has no route ${path}.`);
    // of hundreds of tasks a request, fewer requests tell as much
    const requests = Math.ceil(wanted / Math.max(1, calls / 10));
    const load = await Load.open(port, path, connections);
    this.#expectedCalls += (connections + requests) * calls;
    const before = await this.#usage();
    await load.make(requests);
    const after = await this.#usage();
    load.close();
    return (after.cpu - before.cpu) / requests;
  }

  async #usage(): Promise<Usage> {
    this.#child.stdin?.write('usage\n');
    return (await this.#next()) as Usage;
  }

  async #next(): Promise<Message> {
    const { value, done } = await this.#messages.next();
    if (done === true) throw new Error(`The server stopped: ${this.#child.spawnargs.join(' ')}`);
    return JSON.parse(value) as Message;
  }
}
