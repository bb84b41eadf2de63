import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';

/** A bare HTTP/1.1 connection: for pipelining, keep-alive, and hanging up at a given moment. */
export class Connection {
  #received = '';
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
    });
    socket.on('error', () => undefined);
  }

  static async open({ port }: { readonly port: number }): Promise<Connection> {
    const socket = connectSocket(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** What has been received so far. */
  get received(): string {
    return this.#received;
  }

  /** Sends requests without waiting for answers. */
  send(...paths: string[]): void {
    this.#socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`).join(''));
  }

  /** Sends `text` as it is. */
  write(text: string): void {
    this.#socket.write(text);
  }

  /** Resolves once `text` has been received. */
  async receives(text: string): Promise<string> {
    while (!this.#received.includes(text)) await once(this.#socket, 'data');
    return this.#received;
  }

  /** Stops reading, so that the server cannot write on. */
  pause(): void {
    this.#socket.pause();
  }

  hangUp(): void {
    this.#socket.destroy();
  }
}
