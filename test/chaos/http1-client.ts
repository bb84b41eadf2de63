import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deferred } from '../harness/deferred.js';
import { Answers } from './answers.js';
import { type Client, pathOf } from './client.js';
import type { RequestPlan } from './plan.js';

/** A bare connection of HTTP/1.1: what it asks at once is pipelined. */
export class Http1Client implements Client {
  readonly #socket: Socket;
  readonly #answers = new Answers();
  #firstByte = deferred();
  #awaiting?: { readonly count: number; resolve(): void };

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => {
      this.#firstByte.resolve();
      this.#answers.read(data);
      if (this.#answers.statuses.length >= (this.#awaiting?.count ?? 0)) this.#awaiting?.resolve();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#awaiting?.resolve());
  }

  static async open(port: number): Promise<Http1Client> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Http1Client(socket);
  }

  get firstByte(): Promise<void> {
    return this.#firstByte.promise;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded;
  }

  async ask(requests: readonly RequestPlan[]): Promise<Array<number | undefined>> {
    this.#firstByte = deferred();
    this.#answers.statuses.length = 0;
    this.#socket.write(requests.map((plan) => `GET ${pathOf(plan)} HTTP/1.1\r\nHost: chaos\r\n\r\n`).join(''));
    if (!this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#awaiting = { count: requests.length, resolve };
      });
    }
    return requests.map((_, index) => this.#answers.statuses[index]);
  }

  stopReading(): void {
    this.#socket.pause();
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    if (this.#socket.closed) return;
    const closed = once(this.#socket, 'close');
    this.#socket.end();
    await closed;
  }
}
