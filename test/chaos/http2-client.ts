import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { deferred } from '../harness/deferred.js';
import { type Client, type Sent, sentAs } from './client.js';
import type { RequestPlan } from './plan.js';
import { turns } from './turns.js';

/** A session of HTTP/2: what it asks at once are streams beside one another. */
export class Http2Client implements Client {
  readonly #session: ClientHttp2Session;
  readonly #streams = new Set<ClientHttp2Stream>();
  #firstByte = deferred();

  private constructor(
    session: ClientHttp2Session,
    private readonly socket: Socket,
  ) {
    this.#session = session;
    session.on('error', () => undefined);
    socket.on('error', () => undefined);
  }

  static async open(port: number): Promise<Http2Client> {
    const socket = connectSocket(port, '127.0.0.1');
    const session = connect(`http://127.0.0.1:${port}`, { createConnection: () => socket });
    await once(session, 'connect');
    return new Http2Client(session, socket);
  }

  get firstByte(): Promise<void> {
    return this.#firstByte.promise;
  }

  get isClosed(): boolean {
    return this.#session.closed || this.#session.destroyed || this.socket.destroyed;
  }

  async ask(requests: readonly RequestPlan[]): Promise<Array<number | undefined>> {
    this.#firstByte = deferred();
    return Promise.all(requests.map((request) => this.#ask(request)));
  }

  stopReading(): void {
    for (const stream of this.#streams) stream.pause();
  }

  hangUp(isWhole: boolean): void {
    // the session would leave it half open after a GOAWAY, and both ends would wait for each other
    if (isWhole) this.socket.destroy();
    for (const stream of this.#streams) {
      stream.close(constants.NGHTTP2_CANCEL);
      // one that has been answered meanwhile does not close unread
      stream.resume();
    }
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    await new Promise<void>((resolve) => this.#session.close(resolve));
  }

  async #ask(request: RequestPlan): Promise<number | undefined> {
    if (this.isClosed) return undefined;
    const sent = sentAs(request);
    const stream = this.#open(sent);
    this.#streams.add(stream);
    void send(stream, sent);
    let status: number | undefined;
    let isWhole = false;
    stream.on('error', () => undefined);
    stream.on('response', (headers) => {
      status = headers[':status'];
      this.#firstByte.resolve();
    });
    stream.on('end', () => {
      isWhole = true;
    });
    stream.resume();
    await new Promise((resolve) => stream.on('close', resolve));
    this.#streams.delete(stream);
    return isWhole && stream.rstCode === constants.NGHTTP2_NO_ERROR ? status : undefined;
  }

  #open({ method, path, length }: Sent): ClientHttp2Stream {
    if (method === 'GET') return this.#session.request({ ':path': path });
    const headers = { 'content-type': 'application/json', 'content-length': `${length}` };
    return this.#session.request({ ':method': method, ':path': path, ...headers });
  }
}

async function send(stream: ClientHttp2Stream, { pieces, length }: Sent): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await turns(2);
    if (stream.destroyed || stream.writableEnded) return;
    stream.write(piece);
  }
  if (length > 0 && pieces.join('').length === length) stream.end();
}
