import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { streamOf } from './exchange.js';

/** What one who looks is sent: events of a stream, no more than the socket takes. */
export class Viewer {
  /** The revision of the store up to which it knows everything. */
  knows = -1;
  #isSending = false;
  readonly #response: ServerResponse;
  readonly #stream: Writable;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#stream = streamOf(response);
    // what has been cut off is closed as well, and that is watched
    response.on('error', () => undefined);
  }

  /** Whether the socket is full, or the last that was sent has not gone out: it gets nothing more until then, if ever. */
  get isBusy(): boolean {
    return this.#isSending || this.#response.writableEnded || this.#stream.writableNeedDrain;
  }

  get #isClosed(): boolean {
    return this.#stream.destroyed || this.#response.writableEnded;
  }

  onceClosed(callback: () => void): void {
    this.#response.once('close', callback);
  }

  onDrain(callback: () => void): void {
    this.#response.on('drain', () => {
      if (!this.isBusy) callback();
    });
  }

  /** Writes `text`. */
  send(text: string): void {
    if (!this.#isClosed) this.#response.write(text);
  }

  /** Writes all of `texts`, each once the socket has taken the last. */
  async sendAll(texts: Iterable<string>): Promise<void> {
    this.#isSending = true;
    for (const text of texts) {
      if (this.#isClosed) break;
      if (!this.#response.write(text)) await this.#drained();
    }
    this.#isSending = false;
  }

  end(lastWords = ''): void {
    if (!this.#isClosed) this.#response.end(lastWords);
  }

  /** Closes the connection, whatever has not gone out. */
  cut(): void {
    this.#response.destroy();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#response.off('drain', done).off('close', done);
        resolve();
      };
      this.#response.on('drain', done).on('close', done);
      // closed in the meantime
      if (this.#isClosed) done();
    });
  }
}
