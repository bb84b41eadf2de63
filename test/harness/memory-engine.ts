import { EventEmitter, once } from 'node:events';
import { after } from '../../libs/background-tasks/src/core/batch/clock.js';
import type { DurableBatch } from '../../libs/background-tasks/src/core/tasks/durable-batches.js';
import {
  type Claim,
  type DurableEngine,
  LostClaimError,
  type NewBatch,
  notFailedError,
  type Progress,
  type RunClaim,
  type SubmitOptions,
  type Verdict,
  type WorkerOptions,
} from '../../libs/background-tasks/src/durable/engine.js';
import { dataOf, type Grip, type Kept, MemoryStore, seen } from './memory-store.js';

/** A transaction whose end a test decides upon. */
export class MemoryTransaction {
  readonly #end = new EventEmitter();

  query(): Promise<unknown> {
    return Promise.resolve([]);
  }

  onCommit(callback: () => void): void {
    this.#end.once('commit', callback);
  }

  commit(): void {
    this.#end.emit('commit');
  }
}

/** One call of an engine. */
export interface Call {
  readonly method: string;
  readonly id?: string;
}

/** A durable engine without a store to connect to: engines with the same `MemoryStore` are processes that share it. */
export class MemoryEngine implements DurableEngine {
  readonly system = 'memory';
  readonly store: MemoryStore;
  /** What was called, and for which batch, checkpoints included; in order. */
  readonly calls: Call[] = [];
  /** Every call, and every checkpoint, rejects: the store is out of reach. What a worker has then is lost. */
  down = false;
  /** Every call, and every checkpoint, begun meanwhile never settles; nothing that it asks for happens. */
  hanging = false;
  /** Is waited for before a call does anything. */
  before?: (call: Call) => Promise<void>;
  readonly #open = new Map<Kept, { readonly grip: Grip; readonly abort: AbortController }>();
  #claiming?: { readonly run: RunClaim; readonly options: WorkerOptions };
  #forget = (): void => {};
  readonly #ended = new EventEmitter();
  readonly #heard = new EventEmitter().setMaxListeners(0);

  constructor(store = new MemoryStore()) {
    this.store = store;
  }

  /** Resolves once `method` was called `times` times. */
  async until(method: string, times = 1): Promise<void> {
    while (this.calls.filter((call) => call.method === method).length < times) await once(this.#heard, 'call');
  }

  async start(): Promise<void> {
    await this.#called('start');
  }

  async submit(batch: NewBatch, { hold, transaction }: SubmitOptions): Promise<void> {
    await this.#called('submit', batch.id);
    if (transaction === undefined) return this.store.add(batch, hold);
    if (!(transaction instanceof MemoryTransaction)) throw new Error('Cannot store it in a transaction of a database.');
    transaction.onCommit(() => this.store.add(batch, hold));
  }

  async extend(id: string, hold: number): Promise<void> {
    await this.#called('extend', id);
    this.store.defer(id, hold);
  }

  async release(id: string): Promise<void> {
    await this.#called('release', id);
    this.store.defer(id, 0);
  }

  async discard(id: string): Promise<boolean> {
    await this.#called('discard', id);
    return this.store.remove(id);
  }

  async get(id: string): Promise<DurableBatch | undefined> {
    await this.#called('get', id);
    const kept = this.store.find(id);
    return kept === undefined ? undefined : seen(kept);
  }

  async failed(limit: number): Promise<DurableBatch[]> {
    await this.#called('failed');
    return this.store.failed().toReversed().slice(0, limit).map(seen);
  }

  async redrive(id: string): Promise<void> {
    await this.#called('redrive', id);
    const kept = this.store.find(id);
    if (kept?.state !== 'failed') throw notFailedError(id, kept && seen(kept).state);
    this.store.redrive(kept);
  }

  async consume(run: RunClaim, options: WorkerOptions): Promise<void> {
    await this.#called('consume');
    this.#claiming = { run, options };
    this.store.changes.on('change', this.#look);
    this.#look();
  }

  stopClaiming(): Promise<void> {
    this.#note({ method: 'stopClaiming' });
    this.#claiming = undefined;
    this.#forget();
    this.store.changes.off('change', this.#look);
    return Promise.resolve();
  }

  /** Waits for what is at work, as long as it may; the rest is taken up by others, as after a crash. */
  async close(timeout: number): Promise<void> {
    await this.stopClaiming();
    this.#note({ method: 'close' });
    if (this.#open.size > 0) await this.#quietOr(timeout);
    this.crash();
  }

  /** As if its process had been killed: the claims lapse at once. */
  crash(): void {
    this.#claiming = undefined;
    this.#forget();
    this.store.changes.off('change', this.#look);
    for (const { id } of this.#open.keys()) this.store.lapse(id);
  }

  #quietOr(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = after(timeout, resolve);
      this.#ended.once('quiet', () => {
        cancel();
        resolve();
      });
    });
  }

  /** Takes what is due, as far as there is room, and looks again when the next one is due. */
  readonly #look = (): void => {
    this.#forget();
    this.#forget = (): void => {};
    while (this.#claiming !== undefined && this.#open.size < this.#claiming.options.concurrency) {
      if (!this.#takeOne(this.#claiming)) {
        const wait = this.store.untilNext();
        // what was taken may have looked meanwhile
        this.#forget();
        if (wait !== Infinity) this.#forget = after(wait, this.#look);
        return;
      }
    }
  };

  #takeOne({ run, options }: { readonly run: RunClaim; readonly options: WorkerOptions }): boolean {
    const abort = new AbortController();
    const grip = { maxCrashes: options.maxCrashes, lost: () => abort.abort() };
    const kept = this.down || this.hanging ? undefined : this.store.take(grip);
    if (kept === undefined) return false;
    this.#open.set(kept, { grip, abort });
    void this.#runOne(run, kept, grip, abort.signal);
    return true;
  }

  async #runOne(run: RunClaim, kept: Kept, grip: Grip, signal: AbortSignal): Promise<void> {
    const checkpoint = async (progress: Progress): Promise<void> => {
      await this.#called('checkpoint', kept.id);
      if (!this.store.write(kept, grip, progress)) throw new LostClaimError(kept.id);
    };
    const claim: Claim = { id: kept.id, ...dataOf(kept), signal, checkpoint };
    const verdict = await run(claim).catch((): undefined => undefined);
    this.#letGo(kept, grip, verdict);
  }

  #letGo(kept: Kept, grip: Grip, verdict: Verdict | undefined): void {
    if (this.#open.get(kept)?.grip === grip) this.#open.delete(kept);
    if (verdict === undefined || this.down || this.hanging) {
      if (kept.grip === grip) this.store.lapse(kept.id);
    } else this.store.end(kept, grip, verdict);
    if (this.#open.size === 0) this.#ended.emit('quiet');
    this.#look();
  }

  #note(call: Call): void {
    this.calls.push(call);
    this.#heard.emit('call');
  }

  async #called(method: string, id?: string): Promise<void> {
    const call = id === undefined ? { method } : { method, id };
    this.#note(call);
    await this.before?.(call);
    if (this.down) throw new Error('The store is out of reach.');
    if (this.hanging) await new Promise<never>(() => {});
  }
}
