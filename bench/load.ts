import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * Keep-alive connections to a server, each with one request at a time.
 *
 * It only counts the bytes of the answers, which all have the same length: that way it takes less
 * of the machine than any server it measures.
 */
export class Load {
  readonly #connections: readonly Connection[];

  private constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  /** Opens `count` connections and sends one request on each. */
  static async open(port: number, path: string, count: number): Promise<Load> {
    return new Load(await Promise.all(Array.from({ length: count }, () => Connection.open(port, path))));
  }

  /** Makes `count` requests. */
  async make(count: number): Promise<void> {
    let left = count;
    const sleep = neverSleep();
    try {
      await Promise.all(this.#connections.map((connection) => connection.askWhile(() => left-- > 0)));
    } finally {
      sleep();
    }
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

/**
 * Keeps this process awake until the returned function is called.
 *
 * Whoever writes to a socket pays for waking the reader up: the server would seem the dearer, the slower it is.
 */
function neverSleep(): () => void {
  let isAwake = true;
  const spin = (): void => {
    if (isAwake) setImmediate(spin);
  };
  spin();
  return () => {
    isAwake = false;
  };
}

class Connection {
  readonly #socket: Socket;
  readonly #request: string;
  #length = 0;

  private constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  }

  static async open(port: number, path: string): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const connection = new Connection(socket, path);
    socket.write(connection.#request);
    connection.#length = await lengthOfAnswer(socket);
    return connection;
  }

  /** Sends one request after the other, as long as `goesOn` says so. */
  askWhile(goesOn: () => boolean): Promise<void> {
    const { promise, resolve, reject } = withResolvers();
    let received = 0;
    const ask = (): void => {
      received = 0;
      if (goesOn()) this.#socket.write(this.#request);
      else resolve();
    };
    const read = (chunk: Buffer): void => {
      if (received === 0 && !isOk(chunk)) return reject(new Error(`The server answered: ${chunk.toString()}`));
      received += chunk.length;
      if (received === this.#length) ask();
      else if (received > this.#length) reject(new Error('Two answers differ in length.'));
    };
    const lose = (): void => reject(new Error('The server closed a connection.'));
    this.#socket.on('data', read).on('close', lose);
    ask();
    return promise.finally(() => this.#socket.off('data', read).off('close', lose));
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Reads the first answer of a connection, and returns how many bytes it has. */
async function lengthOfAnswer(socket: Socket): Promise<number> {
  let answer = '';
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    answer += chunk.toString('latin1');
    const head = answer.indexOf('\r\n\r\n');
    const length = /^content-length: (\d+)\r$/im.exec(answer)?.[1];
    if (head === -1) continue;
    if (length === undefined) throw new Error(`Expected an answer with a length, got: ${answer}`);
    const end = head + 4 + Number(length);
    if (answer.length >= end) return end;
  }
}

function isOk(chunk: Buffer): boolean {
  return chunk.toString('latin1', 9, 12) === '200';
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return { promise, resolve, reject };
}
