import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { kindOf } from './traffic.js';

/** Connections that stay open, each with one request at a time: an HTTP client without the cost of one. */
export class Client {
  readonly #port: number;
  readonly #sockets: Socket[] = [];
  readonly #concurrency: number;

  constructor(port: number, concurrency: number) {
    this.#port = port;
    this.#concurrency = concurrency;
  }

  async open(): Promise<void> {
    for (let count = 0; count < this.#concurrency; count++) this.#sockets.push(await this.#connect());
  }

  /** Makes the requests with the numbers from `first` to before `end`, and waits for all their responses. */
  async send(first: number, end: number): Promise<void> {
    let next = first;
    const work = async (socket: Socket): Promise<void> => {
      while (next < end) await this.#request(socket, next++);
    };
    await Promise.all(this.#sockets.map(work));
  }

  close(): void {
    this.#sockets.forEach((socket) => socket.destroy());
  }

  async #request(socket: Socket, number: number): Promise<void> {
    const { path, hangsUp = false } = kindOf(number);
    if (!hangsUp) return ask(socket, path, isComplete);
    const leaving = await this.#connect();
    await ask(leaving, path, (response) => response.includes('begun'));
    leaving.destroy();
  }

  async #connect(): Promise<Socket> {
    const socket = connect(this.#port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }
}

function ask(socket: Socket, path: string, isAnswered: (response: string) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let response = '';
    const read = (chunk: Buffer): void => {
      response += chunk.toString('latin1');
      if (!isAnswered(response)) return;
      socket.off('data', read).off('error', reject).off('end', lost);
      resolve();
    };
    const lost = (): void => reject(new Error(`The server closed the connection instead of answering ${path}.`));
    if (socket.destroyed) return lost();
    socket.on('data', read).on('error', reject).on('end', lost);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  });
}

function isComplete(response: string): boolean {
  const bodyAt = response.indexOf('\r\n\r\n') + 4;
  if (bodyAt < 4) return false;
  const length = /^content-length: (\d+)/im.exec(response.slice(0, bodyAt))?.[1];
  return length === undefined ? response.endsWith('\r\n0\r\n\r\n') : response.length - bodyAt >= Number(length);
}
