import type { ServerResponse } from 'node:http';
import type { InspectorStore } from './store.js';
import { changeOf, snapshotLines } from './told.js';
import type { StatsView } from './view.js';
import { Viewer } from './viewer.js';

/** Milliseconds. */
export interface Pace {
  /** Between two changes. */
  readonly change: number;
  /** Between two comments, which keep proxies from closing a stream that is silent. */
  readonly comment: number;
  /** Between two times that `authorize` is asked for an open stream. */
  readonly ask: number;
}

const PACE: Pace = { change: 100, comment: 15_000, ask: 60_000 };
const MOST_VIEWERS = 10;

/** Whether somebody may go on looking. */
type AskAgain = () => Promise<boolean>;

/** All who look: each is sent a snapshot, and then what has changed. While nobody does, no timer runs. */
export class Viewers {
  readonly #store: InspectorStore;
  readonly #stats: () => StatsView;
  readonly #pace: Pace;
  readonly #viewers = new Set<Viewer>();
  #isClosed = false;
  #change: NodeJS.Timeout | undefined;
  #comment: NodeJS.Timeout | undefined;

  constructor(store: InspectorStore, stats: () => StatsView, pace: Partial<Pace> = {}) {
    this.#store = store;
    this.#stats = stats;
    this.#pace = { ...PACE, ...pace };
    store.onChange = () => this.#changeSoon();
  }

  get count(): number {
    return this.#viewers.size;
  }

  /** Whether a timer runs. */
  get isAwake(): boolean {
    return this.#change !== undefined || this.#comment !== undefined;
  }

  /** Whether there is room for one more. */
  get hasRoom(): boolean {
    return !this.#isClosed && this.#viewers.size < MOST_VIEWERS;
  }

  /** Begins the stream of one who may look, as long as `askAgain` says so. */
  open(response: ServerResponse, askAgain: AskAgain): void {
    const viewer = new Viewer(response);
    this.#viewers.add(viewer);
    this.#comment ??= setInterval(() => this.#commentAll(), this.#pace.comment).unref();
    const asking = setInterval(this.#asking(viewer, askAgain), this.#pace.ask).unref();
    viewer.onceClosed(() => {
      clearInterval(asking);
      this.#leave(viewer);
    });
    viewer.onDrain(() => this.#changeSoon());
    viewer.send('retry: 2000\n\n');
    this.#snapshot(viewer);
  }

  /** Tells the last, and ends all streams: there will be no other. Who does not read is not waited for. */
  close(): void {
    this.#isClosed = true;
    this.#tellChange();
    for (const viewer of this.#viewers) {
      if (viewer.isBusy) viewer.cut();
      else viewer.end('event: end\ndata: {}\n\n');
    }
  }

  #leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    clearTimeout(this.#change);
    clearInterval(this.#comment);
    this.#change = this.#comment = undefined;
  }

  #commentAll(): void {
    for (const viewer of this.#viewers) if (!viewer.isBusy) viewer.send(':\n\n');
  }

  /** Who gets no answer until it is time to ask again may not look any longer, and who does not read is cut off. */
  #asking(viewer: Viewer, askAgain: AskAgain): () => void {
    let isAsking = false;
    let wasBusy = false;
    return () => {
      if (wasBusy && viewer.isBusy) return viewer.cut();
      wasBusy = viewer.isBusy;
      if (isAsking) return viewer.end();
      isAsking = true;
      void askAgain().then((may) => {
        isAsking = false;
        if (!may) viewer.end();
      });
    };
  }

  #changeSoon(): void {
    if (this.#viewers.size === 0 || this.#change !== undefined) return;
    this.#change = setTimeout(() => {
      this.#change = undefined;
      this.#tellChange();
    }, this.#pace.change).unref();
  }

  /** Most of them know the same, and are sent the same text. */
  #tellChange(): void {
    const { revision } = this.#store;
    const texts = new Map<number, string | undefined>();
    for (const viewer of this.#viewers) {
      if (viewer.isBusy || viewer.knows === revision) continue;
      if (!texts.has(viewer.knows)) texts.set(viewer.knows, changeOf(this.#store, viewer.knows, this.#stats()));
      const text = texts.get(viewer.knows);
      if (text === undefined) this.#snapshot(viewer);
      else viewer.send(text);
      viewer.knows = revision;
    }
  }

  #snapshot(viewer: Viewer): void {
    viewer.knows = this.#store.revision;
    // what changes while it is written is told after it
    void viewer.sendAll(snapshotLines(this.#store, this.#stats())).then(() => this.#changeSoon());
  }
}
