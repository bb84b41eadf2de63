const LINE_END = '\r\n';
const HEAD_END = '\r\n\r\n';

/** Reads the answers that come on a connection of HTTP/1.1, and keeps their status: nothing else is of interest. */
export class Answers {
  /** Of the answers that arrived whole. */
  readonly statuses: number[] = [];
  #unread: Buffer = Buffer.alloc(0);
  #status = 0;
  /** Bytes of a body, or of a chunk with its end, that are still to come. */
  #remaining = 0;
  #next: () => boolean = this.#readHead;

  read(data: Buffer): void {
    this.#unread = this.#unread.length === 0 ? data : Buffer.concat([this.#unread, data]);
    while (this.#next());
  }

  #readHead(): boolean {
    const head = this.#take(HEAD_END);
    if (head === undefined) return false;
    this.#status = Number(head.slice(9, 12));
    if (/^transfer-encoding: *chunked/im.test(head)) {
      this.#next = this.#readChunkSize;
      return true;
    }
    this.#remaining = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    this.#next = this.#readBody;
    return true;
  }

  #readBody(): boolean {
    if (!this.#skip()) return false;
    return this.#end();
  }

  #readChunkSize(): boolean {
    const line = this.#take(LINE_END);
    if (line === undefined) return false;
    const size = Number.parseInt(line, 16);
    this.#remaining = size + LINE_END.length;
    this.#next = size === 0 ? this.#readBody : this.#readChunk;
    return true;
  }

  #readChunk(): boolean {
    if (!this.#skip()) return false;
    this.#next = this.#readChunkSize;
    return true;
  }

  #end(): boolean {
    this.statuses.push(this.#status);
    this.#next = this.#readHead;
    return this.#unread.length > 0;
  }

  /** What stands before `end`, once that has come. */
  #take(end: string): string | undefined {
    const index = this.#unread.indexOf(end);
    if (index === -1) return undefined;
    const text = this.#unread.toString('latin1', 0, index);
    this.#unread = this.#unread.subarray(index + end.length);
    return text;
  }

  #skip(): boolean {
    const skipped = Math.min(this.#remaining, this.#unread.length);
    this.#remaining -= skipped;
    this.#unread = this.#unread.subarray(skipped);
    return this.#remaining === 0;
  }
}
