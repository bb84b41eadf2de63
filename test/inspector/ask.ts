import http from 'node:http';
import type { Answer } from '../harness/application.js';

export interface Asked {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
}

/** What `authorize` of the scenes lets in. */
export const ADMIN = { cookie: 'admin=yes' };

/** One request, read to its end. */
export async function ask(
  { port }: { readonly port: number },
  path: string,
  { method = 'GET', headers = ADMIN }: Asked = {},
): Promise<Answer> {
  const outgoing = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false });
  outgoing.end();
  const incoming = await responseTo(outgoing);
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body };
}

/** As JSON. */
export async function askFor<T>(running: { readonly port: number }, path: string): Promise<T> {
  const { body } = await ask(running, path);
  return JSON.parse(body) as T;
}

function responseTo(outgoing: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', resolve);
  });
}

/** An event of a stream, with its data. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
}

/** A stream of events, as a browser reads it. */
export class EventStream {
  readonly #incoming: http.IncomingMessage;
  readonly events: StreamEvent[] = [];
  /** How many comments came. */
  comments = 0;
  isOver = false;
  #text = '';
  #wake: () => void = () => undefined;

  private constructor(incoming: http.IncomingMessage) {
    this.#incoming = incoming;
    incoming.setEncoding('utf8');
    incoming.on('data', (text: string) => this.#read(text));
    incoming.on('error', () => undefined);
    incoming.once('close', () => {
      this.isOver = true;
      this.#wake();
    });
  }

  static async open({ port }: { readonly port: number }, path: string, headers = ADMIN): Promise<EventStream> {
    const outgoing = http.request({ host: '127.0.0.1', port, path, headers, agent: false });
    outgoing.end();
    return new EventStream(await responseTo(outgoing));
  }

  get status(): number | undefined {
    return this.#incoming.statusCode;
  }

  get headers(): http.IncomingHttpHeaders {
    return this.#incoming.headers;
  }

  /** Resolves once `isThere` says so; rejects where the stream is over before. */
  async until(isThere: (stream: EventStream) => boolean): Promise<void> {
    while (!isThere(this)) {
      if (this.isOver) throw new Error(`The stream is over: ${JSON.stringify(this.events)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async over(): Promise<void> {
    await this.until((stream) => stream.isOver);
  }

  /** Resolves with the data of the next event that has not been read by this, of that type. */
  async next<T>(type: string, isIt: (data: T) => boolean = () => true): Promise<T> {
    let found: T | undefined;
    await this.until(() => {
      const datas = this.events.filter((event) => event.type === type).map(({ data }) => JSON.parse(data) as T);
      found = datas.find(isIt);
      return found !== undefined;
    });
    return found as T;
  }

  /** Reads no more, so that the server cannot write on. */
  pause(): void {
    this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
  }

  hangUp(): void {
    this.#incoming.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) this.#readBlock(block);
    this.#wake();
  }

  #readBlock(block: string): void {
    if (block.startsWith(':')) this.comments++;
    const lines = block.split('\n');
    const type = lines.find((line) => line.startsWith('event: '))?.slice('event: '.length);
    const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length));
    if (type !== undefined) this.events.push({ type, data: data.join('\n') });
  }
}
