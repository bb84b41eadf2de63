import { setTimeout as wait } from 'node:timers/promises';

/** What an application needs to know of its engine, by what JSON can carry. */
export interface EngineChoice {
  readonly system: 'bullmq' | 'pg-boss';
  readonly options: { readonly queue: string } & Readonly<Record<string, unknown>>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A server with a queue for each test. */
export interface Store {
  /** A new queue; with an address, by way of that. */
  choose(by?: Address): EngineChoice;
  readonly address: Address;
  /** How many batches of a queue are held, wait, or run. */
  left(queue: string): Promise<number>;
  failed(queue: string): Promise<number>;
  /** Ends the server as a power cut would. */
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  /** Ends all connections at the side of the server. */
  cutOff(): Promise<void>;
  close(): Promise<void>;
}

/** Resolves once no batch of `queue` is held, waits, or runs. */
export async function drained(store: Store, queue: string): Promise<void> {
  while ((await store.left(queue)) > 0) await wait(50);
}
