import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { BroadcastChannel, type Worker } from 'node:worker_threads';

/** The worker threads that have been started since it was made. */
export class Threads {
  readonly #ends: Array<Promise<void>> = [];
  readonly #running = new Set<Worker>();
  readonly #onStart = (message: unknown): void => this.#watch((message as { worker: Worker }).worker);

  constructor() {
    subscribe('worker_threads', this.#onStart);
  }

  /** How many have not ended. */
  get running(): number {
    return this.#running.size;
  }

  /** How many have been started. */
  get started(): number {
    return this.#ends.length;
  }

  /** Resolves once the thread that was started as the `nth` one, from 1, has ended. */
  async ended(nth: number): Promise<void> {
    await this.#ends[nth - 1];
  }

  /** Resolves once none is running. */
  async allEnded(): Promise<void> {
    while (this.running > 0) await Promise.all(this.#ends);
  }

  forget(): void {
    unsubscribe('worker_threads', this.#onStart);
  }

  #watch(worker: Worker): void {
    this.#running.add(worker);
    const end = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    this.#ends.push(end.then(() => void this.#running.delete(worker)));
  }
}

let lastChannel = 0;

/** A channel on which a file announces that it is at work. */
export function announcement(): { readonly channel: string; readonly made: Promise<void> } {
  const channel = `at work ${++lastChannel}`;
  const receiver = new BroadcastChannel(channel);
  const made = new Promise<void>((resolve) => {
    receiver.onmessage = () => {
      receiver.close();
      resolve();
    };
  });
  return { channel, made };
}

/** Numbers that all threads see. */
export function sharedNumbers(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** Lets a file that waits at `gate` go on. */
export function open(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}
