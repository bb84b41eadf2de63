import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import { startApplication } from './application.js';
import { newBatch, PAYLOAD } from './batches.js';
import { Steps } from './steps.js';
import { HOLD } from './settings.js';
import type { BenchQueue } from './store.js';

/** Stores one batch of one task; settles when that is stored. */
export type StoreOne = () => Promise<unknown>;

export interface Storing {
  readonly store: StoreOne;
  readonly close: () => Promise<void>;
}

/** By the engine's own call. */
export function byItself(queue: BenchQueue): StoreOne {
  return () => queue.add(newBatch('bench.nothing', 1));
}

/** By the library's engine. */
export async function byEngine(queue: BenchQueue): Promise<Storing> {
  const engine = await queue.engine();
  return {
    store: () => engine.submit(newBatch('bench.nothing', 1), { hold: HOLD }),
    close: () => engine.close(1_000),
  };
}

/** By the engine's own calls: what is stored is released meanwhile, as the library does. */
export function byHand(queue: BenchQueue, released: Set<Promise<unknown>>): StoreOne {
  return async () => {
    const batch = newBatch('bench.nothing', 1);
    await queue.add(batch);
    const release = queue.release(batch.id).finally(() => released.delete(release));
    released.add(release);
  };
}

/** By the library: all that a scope with one durable task waits for. */
export async function byScope(queue: BenchQueue): Promise<Storing> {
  const app = await startApplication(queue.module(false));
  const runner = app.get(BackgroundTasksRunner);
  const steps = app.get(Steps);
  const store = (): Promise<unknown> => runner.scope((tasks) => void tasks.addTask(steps, 'nothing', PAYLOAD));
  const close = async (): Promise<void> => {
    await runner.idle();
    await app.close();
  };
  return { store, close };
}

/** The median of the milliseconds that each of `count` batches takes, where `atOnce` are stored at once. */
export async function medianOf(store: StoreOne, count: number, atOnce: number): Promise<number> {
  const took: number[] = [];
  let left = count;
  const some = async (): Promise<void> => {
    while (left-- > 0) {
      const began = performance.now();
      await store();
      took.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, some));
  return took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)] ?? NaN;
}
