import type { BatchRecord } from './batch-record.js';

/** So many batches, and so many bytes of them; what was last placed there stays longest, and what is at work before what is over. */
export class Shelf {
  readonly #unfinished = new Map<string, BatchRecord>();
  readonly #finished = new Map<string, BatchRecord>();
  readonly #bytes = new Map<string, number>();
  #total = 0;

  constructor(
    readonly most: number,
    readonly mostBytes: number,
  ) {}

  get(id: string): BatchRecord | undefined {
    return this.#unfinished.get(id) ?? this.#finished.get(id);
  }

  has(id: string): boolean {
    return this.#bytes.has(id);
  }

  /** Whether there is room for one that is at work, without letting another go that is. */
  get hasRoom(): boolean {
    return this.#unfinished.size < this.most;
  }

  get all(): BatchRecord[] {
    return [...this.#unfinished.values(), ...this.#finished.values()];
  }

  /** Puts `record` there, or again after it has changed, and returns those that had to be let go. */
  place(record: BatchRecord): BatchRecord[] {
    const { id } = record.view;
    this.#remove(id);
    (record.isFinished ? this.#finished : this.#unfinished).set(id, record);
    this.#bytes.set(id, record.bytes);
    this.#total += record.bytes;
    return this.#makeRoom();
  }

  #makeRoom(): BatchRecord[] {
    const letGo: BatchRecord[] = [];
    while (this.#bytes.size > 1 && (this.#bytes.size > this.most || this.#total > this.mostBytes)) {
      const [oldest] = (this.#finished.size > 0 ? this.#finished : this.#unfinished).values();
      if (oldest === undefined) break;
      this.#remove(oldest.view.id);
      letGo.push(oldest);
    }
    return letGo;
  }

  #remove(id: string): void {
    this.#unfinished.delete(id);
    this.#finished.delete(id);
    this.#total -= this.#bytes.get(id) ?? 0;
    this.#bytes.delete(id);
  }
}
