import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deferred } from '../harness/deferred.js';
import { Answers } from './answers.js';
import { type Client, sentAs } from './client.js';
import type { RequestPlan } from './plan.js';
import { turns } from './turns.js';

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
    void this.#send(requests);
    if (!this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#awaiting = { count: requests.length, resolve };
      });
    }
    return requests.map((_, index) => this.#answers.statuses[index]);
  }

  /** At once, but for the pieces of a body. */
  async #send(requests: readonly RequestPlan[]): Promise<void> {
    let unsent = '';
    for (const request of requests) {
      const { method, path, pieces, length } = sentAs(request);
      const body = method === 'POST' ? `Content-Type: application/json\r\nContent-Length: ${length}\r\n` : '';
      unsent += `${method} ${path} HTTP/1.1\r\nHost: chaos\r\n${body}\r\n`;
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) {
          this.#socket.write(unsent);
          unsent = '';
          await turns(2);
        }
        unsent += piece;
      }
    }
    this.#socket.write(unsent);
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
