import type { DynamicModule } from '@nestjs/common';
import type { Engine } from './engine.js';
import type { StepName, StoredBatch } from './batches.js';

/** One queue of an engine, used without the library; and with it. */
export interface BenchQueue {
  /** Stores a batch that is held, with the engine's own call. */
  add(batch: StoredBatch): Promise<unknown>;
  /** Lets workers have it. */
  release(id: string): Promise<unknown>;
  /** Stores what a worker may have at once, all together. */
  fill(batches: readonly StoredBatch[]): Promise<void>;
  /** Runs batches with the engine's own worker, with the checkpoints that the library makes; returns what ends that. */
  work(step: (name: StepName) => Promise<void>): Promise<() => Promise<void>>;
  /** The library's module for the same queue. */
  module(worker: boolean): DynamicModule;
  /** The library's engine on the same queue. */
  engine(): Promise<Engine>;
  close(): Promise<void>;
}

/** Opens a queue of this name. */
export type OpenQueue = (name: string) => Promise<BenchQueue>;
