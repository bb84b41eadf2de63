import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { deferred } from '../../../../test/harness/deferred.js';
import type { DurableBatch } from '../core/tasks/durable-batches.js';
import {
  type Claim,
  type DurableEngine,
  LostClaimError,
  type NewBatch,
  type Step,
  type Verdict,
  type WorkerOptions,
} from './engine.js';

/** An empty store for one test, and the processes that share it. */
export interface EngineStore {
  /** The shortest times that the engine can do with. */
  readonly lease: number;
  readonly checkEvery: number;
  /** The engine of one more process: it is not started. */
  engine(): DurableEngine;
  /** Has whoever runs the batch lose its claim, as if it had been silent for longer than `lease`. */
  lapse(id: string): Promise<void>;
  /** Puts a job into its queue whose data this library has not made: `{ batch, progress }` is its shape. Resolves to its id. */
  putForeign(data: object | null): Promise<string>;
  /** Closes the engines that are still open, and removes all traces. */
  close(): Promise<void>;
}

export type OpenStore = () => Promise<EngineStore>;

/** The store of one test, one process that claims nothing, and whatever workers the test needs. */
export class Scene {
  readonly store: EngineStore;
  readonly engine: DurableEngine;
  readonly #workers: Worker[] = [];

  private constructor(store: EngineStore) {
    this.store = store;
    this.engine = store.engine();
  }

  static async open(open: OpenStore): Promise<Scene> {
    const scene = new Scene(await open());
    await scene.engine.start();
    return scene;
  }

  /** A worker in one more process. */
  async worker(options: Partial<WorkerOptions> = {}): Promise<Worker> {
    const engine = this.store.engine();
    await engine.start();
    const worker = new Worker(engine);
    this.#workers.push(worker);
    const { lease, checkEvery } = this.store;
    const run = (claim: Claim): Promise<Verdict> => worker.run(claim);
    await engine.consume(run, { concurrency: 10, lease, checkEvery, maxCrashes: 10, ...options });
    return worker;
  }

  /** Stores a batch whose steps have these names; a worker may have it at once. */
  async ready(...names: string[]): Promise<string> {
    return this.held(0, ...names);
  }

  async held(hold: number, ...names: string[]): Promise<string> {
    const batch = batchOf(...names);
    await this.engine.submit(batch, { hold });
    return batch.id;
  }

  /** Resolves once the batch is in that state. */
  async until(id: string, state: DurableBatch['state']): Promise<DurableBatch> {
    for (;;) {
      const batch = await this.engine.get(id);
      if (batch?.state === state) return batch;
      await pause();
    }
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) worker.abandon();
    await this.store.close();
  }
}

/** What one process claims. A test ends each run by hand. */
export class Worker {
  readonly engine: DurableEngine;
  /** All runs so far, in the order they began. */
  readonly runs: Run[] = [];
  /** What becomes of runs that the test does not want to end by hand. */
  always?: (claim: Claim) => Promise<Verdict>;
  #taken = 0;
  #began = deferred();

  constructor(engine: DurableEngine) {
    this.engine = engine;
  }

  /** Resolves to the next run that `next` has not resolved to before. */
  async next(): Promise<Run> {
    for (;;) {
      const run = this.runs[this.#taken];
      if (run !== undefined) {
        this.#taken++;
        return run;
      }
      await this.#began.promise;
    }
  }

  run(claim: Claim): Promise<Verdict> {
    const run = new Run(claim);
    this.runs.push(run);
    this.#began.resolve();
    this.#began = deferred();
    return this.always?.(claim) ?? run.ended;
  }

  /** Ends all runs, as a worker does that has lost them. */
  abandon(): void {
    for (const run of this.runs) run.lose();
  }
}

/** One claim while it is run. */
export class Run {
  readonly claim: Claim;
  /** When it began. */
  readonly at = Date.now();
  readonly #end = deferred<Verdict>();

  constructor(claim: Claim) {
    this.claim = claim;
  }

  get ended(): Promise<Verdict> {
    return this.#end.promise;
  }

  end(verdict: Verdict): void {
    this.#end.resolve(verdict);
  }

  lose(): void {
    this.#end.promise.catch(() => {});
    this.#end.reject(new LostClaimError(this.claim.id));
  }

  /** Resolves once the engine has found out that this claim is lost. */
  async lost(): Promise<void> {
    const { signal } = this.claim;
    while (!signal.aborted) await pause();
  }
}

/** A moment, before a store is asked again. */
export function pause(): Promise<void> {
  return wait(10);
}

/** A batch of steps with these names. */
export function batchOf(...names: string[]): NewBatch {
  return batchOfSteps(...names.map((name): Step => ({ name, args: [name], outcome: 'success' })));
}

export function batchOfSteps(...steps: Step[]): NewBatch {
  return { v: 1, id: randomUUID(), steps, carry: {} };
}
