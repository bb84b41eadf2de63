import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { DurableBatch } from '../../libs/background-tasks/src/core/tasks/durable-batches.js';
import type { NewBatch, Progress, Verdict } from '../../libs/background-tasks/src/durable/engine.js';
import { stepNames, storedData, type StoredData } from '../../libs/background-tasks/src/durable/stored-data.js';

/** A worker's right to a batch, in the store. */
export interface Grip {
  readonly maxCrashes: number;
  /** Is told that the claim is lost. */
  readonly lost: () => void;
}

/** A batch, as the store has it. */
export interface Kept {
  readonly id: string;
  /** JSON, as in a real one. */
  data: string;
  state: 'waiting' | 'active' | 'completed' | 'failed';
  /** The wall clock when a worker may have it. */
  due: number;
  /** Whether a worker has had it. */
  begun: boolean;
  crashes: number;
  grip?: Grip;
  error?: string;
}

/** What several engines in memory share: all batches, and who has them. Leases lapse by `lapse()` only. */
export class MemoryStore {
  /** Emits `change` whenever a worker might have something to do. */
  readonly changes = new EventEmitter().setMaxListeners(0);
  readonly #batches = new Map<string, Kept>();

  add({ id, ...batch }: NewBatch, hold: number): void {
    if (!this.#batches.has(id)) this.#put(id, { batch: { ...batch, id }, progress: { cursor: 0, failures: 0 } }, hold);
  }

  /** Data that this library has not made. */
  addForeign(data: unknown): string {
    const id = randomUUID();
    this.#put(id, data, 0);
    return id;
  }

  /** Resolves once the batch is in this state. */
  async until(id: string, state: Kept['state']): Promise<void> {
    while (this.#batches.get(id)?.state !== state) await once(this.changes, 'change');
  }

  find(id: string): Kept | undefined {
    return this.#batches.get(id);
  }

  /** Those that have failed, the latest last. */
  failed(): Kept[] {
    return [...this.#batches.values()].filter(({ state }) => state === 'failed');
  }

  /** One that waits may be had by a worker in `wait` milliseconds. */
  defer(id: string, wait: number): void {
    const kept = this.#batches.get(id);
    if (kept?.state !== 'waiting') return;
    kept.due = Date.now() + wait;
    this.changes.emit('change');
  }

  remove(id: string): boolean {
    const state = this.#batches.get(id)?.state;
    return (state === 'waiting' || state === 'failed') && this.#batches.delete(id);
  }

  redrive(kept: Kept): void {
    const { batch, progress } = dataOf(kept);
    kept.data = JSON.stringify({ batch, progress: { cursor: progress.cursor, failures: 0 } });
    kept.crashes = 0;
    this.#wait(kept, 0);
  }

  /** The one that has waited longest, if any is due; `grip` has it from now on. */
  take(grip: Grip): Kept | undefined {
    const [first] = this.#waiting();
    if (first === undefined || first.due > Date.now()) return undefined;
    return Object.assign(first, { state: 'active', begun: true, grip } as const);
  }

  /** Milliseconds until one is due. */
  untilNext(): number {
    return Math.max(0, (this.#waiting()[0]?.due ?? Infinity) - Date.now());
  }

  /** Whether `grip` still has it. */
  write(kept: Kept, grip: Grip, progress: Progress): boolean {
    if (kept.grip !== grip) return false;
    kept.data = JSON.stringify({ batch: dataOf(kept).batch, progress });
    return true;
  }

  /** Nothing happens where `grip` has it no more. */
  end(kept: Kept, grip: Grip, verdict: Verdict): void {
    if (kept.grip !== grip) return;
    kept.grip = undefined;
    if (verdict.type === 'done') this.#complete(kept);
    else if (verdict.type === 'failed') this.#fail(kept, verdict.error);
    else this.#wait(kept, verdict.type === 'retry' ? verdict.in : 0);
  }

  /** Whoever has it was silent for too long, or has died. */
  lapse(id: string): void {
    const kept = this.#batches.get(id);
    const grip = kept?.grip;
    if (kept === undefined || grip === undefined) return;
    kept.grip = undefined;
    if (++kept.crashes < grip.maxCrashes) this.#wait(kept, 0);
    else this.#fail(kept, `It counts as poison: ${kept.crashes} workers crashed, or were silent for too long.`);
    grip.lost();
  }

  #put(id: string, data: unknown, hold: number): void {
    const due = Date.now() + hold;
    const begun = hold === 0;
    this.#batches.set(id, { id, data: JSON.stringify(data), state: 'waiting', due, begun, crashes: 0 });
    this.changes.emit('change');
  }

  #waiting(): Kept[] {
    const waiting = [...this.#batches.values()].filter(({ state }) => state === 'waiting');
    return waiting.sort((one, other) => one.due - other.due);
  }

  #wait(kept: Kept, wait: number): void {
    Object.assign(kept, { state: 'waiting', due: Date.now() + wait, error: undefined } as const);
    this.changes.emit('change');
  }

  #complete(kept: Kept): void {
    kept.state = 'completed';
    this.changes.emit('change');
  }

  #fail(kept: Kept, error: string): void {
    Object.assign(kept, { state: 'failed', error } as const);
    // a map keeps the order in which it was filled
    this.#batches.delete(kept.id);
    this.#batches.set(kept.id, kept);
    this.changes.emit('change');
  }
}

export function dataOf(kept: Kept): StoredData {
  return storedData(JSON.parse(kept.data));
}

/** What users see of it. */
export function seen(kept: Kept): DurableBatch {
  const { batch, progress } = dataOf(kept);
  const held = kept.state === 'waiting' && !kept.begun && kept.due > Date.now();
  const state = held ? 'held' : kept.state;
  const error = kept.error ?? progress.error;
  const told = error === undefined || state === 'completed' ? {} : { error };
  return { id: kept.id, state, tasks: stepNames(batch), cursor: progress.cursor, ...told };
}
