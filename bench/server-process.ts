import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { Load } from './load.js';
import { CONNECTIONS } from './settings.js';

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** What a server says, a line of JSON each time: first one of the first two, then a usage whenever it is asked. */
type Message = { readonly port: number } | { readonly refusal: string } | Usage;

interface Usage {
  /** Microseconds of CPU time, of the user and the system, since the process started. */
  readonly cpu: number;
  /** How often the trivial function was called. */
  readonly calls: number;
}

export interface Measurement {
  /** Microseconds of CPU time that a request cost the server. */
  readonly cpu: number;
  readonly requestsPerSecond: number;
}

/** Thrown when the library has not what a server needs. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
}

/** A server in a process of its own, that can be loaded with requests and tells what they cost. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #messages: AsyncIterator<string>;
  #port = 0;
  #requests = 0;

  private constructor(child: ChildProcess, messages: AsyncIterator<string>) {
    this.#child = child;
    this.#messages = messages;
  }

  /** @throws RefusalError when the library has not what the server needs. */
  static async start([program, ...args]: Command): Promise<ServerProcess> {
    const environment = { ...process.env, NODE_ENV: 'production' };
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
    const server = new ServerProcess(child, createInterface(child.stdout)[Symbol.asyncIterator]());
    const message = await server.#next();
    if ('refusal' in message) {
      await server.stop();
      throw new RefusalError(message.refusal);
    }
    server.#port = (message as { port: number }).port;
    return server;
  }

  /** Makes `requests` requests on new connections, and measures those after the first of each connection. */
  async measure(requests: number): Promise<Measurement> {
    const load = await Load.open(this.#port, CONNECTIONS);
    this.#requests += CONNECTIONS + requests;
    const before = await this.#usage();
    const milliseconds = await load.make(requests);
    const after = await this.#usage();
    load.close();
    return { cpu: (after.cpu - before.cpu) / requests, requestsPerSecond: (requests / milliseconds) * 1_000 };
  }

  /** Fails unless each request so far led to `calls` calls of the trivial function. */
  async expectCalls(calls: 0 | 1): Promise<void> {
    const expected = calls * this.#requests;
    let usage = await this.#usage();
    // the last ones may be in a thread that has not come to it
    for (let asked = 1; usage.calls < expected && asked < 100; asked++) {
      await setTimeout(10);
      usage = await this.#usage();
    }
    if (usage.calls !== expected) {
      throw new Error(`Expected ${expected} calls of the trivial function, got ${usage.calls}.`);
    }
  }

  async stop(): Promise<void> {
    const exit = this.#child.exitCode === null ? once(this.#child, 'exit') : undefined;
    this.#child.stdin?.end();
    await exit;
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
