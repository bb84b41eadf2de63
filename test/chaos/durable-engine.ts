import { EventEmitter, once } from 'node:events';
import { after } from '../../libs/background-tasks/src/core/batch/clock.js';
import type { NewBatch, SubmitOptions } from '../../libs/background-tasks/src/durable/engine.js';
import { MemoryEngine } from '../harness/memory-engine.js';
import { type ReleaseFault, SUBMIT_TIMEOUT, type SubmitFault } from './durable-plan.js';
import type { SeenDurableRequest } from './durable-seen.js';
import type { DurableStage } from './durable-stage.js';
import { turns } from './turns.js';

type Faulty<Fault extends string> = Record<Fault, (act: () => Promise<void>) => Promise<void>>;

const tooLate = (): Promise<void> => new Promise((resolve) => void after(2 * SUBMIT_TIMEOUT, resolve));

const fail = (): Promise<never> => Promise.reject(new Error('The store is out of reach, on purpose.'));

const SUBMITS: Faulty<SubmitFault> = {
  none: (act) => act(),
  slow: (act) => turns(3).then(act),
  rejects: fail,
  'rejects too late': () => tooLate().then(fail),
  'never answers': () => new Promise(() => undefined),
  'stores too late': (act) => tooLate().then(act),
  'stores and rejects': (act) => act().then(fail),
  'stores and answers too late': (act) => act().then(tooLate),
};

const RELEASES: Faulty<ReleaseFault> = {
  rejects: fail,
  'does and rejects': (act) => act().then(fail),
  'is too late': (act) => tooLate().then(act),
  'never answers': () => new Promise(() => undefined),
};

/** A store that is out of reach now and then, as it is planned. */
export class FaultyEngine extends MemoryEngine {
  readonly #stage: DurableStage;
  readonly #ended = new EventEmitter().setMaxListeners(0);
  /** Calls that will settle. */
  #open = 0;

  constructor(stage: DurableStage) {
    super(stage.store);
    this.#stage = stage;
    this.before = async ({ method, id = '' }) => {
      if (method === 'checkpoint') this.#lapseBeforeCheckpoint(id);
    };
  }

  get isQuiet(): boolean {
    return this.#open === 0;
  }

  /** Resolves at the end of the next call. */
  async nextEnd(): Promise<void> {
    await once(this.#ended, 'end');
  }

  override async submit(batch: NewBatch, options: SubmitOptions): Promise<void> {
    const { tasks } = this.#stage.seeBatch(batch);
    const { request, parent } = this.#stage.task(tasks[0] ?? '');
    const store = (): Promise<void> => super.submit(batch, options);
    // what a step cannot store fails the step: that is not planned
    const fault = parent === undefined ? (request.plan.submitFaults[request.submits++] ?? 'none') : 'none';
    if (fault === 'none') return this.#during(fault, store);
    request.mayBeLost = true;
    // a transaction is out of reach at once
    return this.#during(fault, options.transaction === undefined ? () => SUBMITS[fault](store) : fail);
  }

  override async release(id: string): Promise<void> {
    await this.#releasing(id, () => super.release(id));
  }

  override async discard(id: string): Promise<boolean> {
    let isDiscarded = false;
    await this.#releasing(id, async () => {
      isDiscarded = await super.discard(id);
    });
    return isDiscarded;
  }

  #releasing(id: string, act: () => Promise<void>): Promise<void> {
    const request = this.#requestOf(id);
    const fault = request.plan.releaseFaults[request.releases++];
    return this.#during(fault ?? 'none', fault === undefined ? act : () => RELEASES[fault](act));
  }

  async #during(fault: string, act: () => Promise<void>): Promise<void> {
    if (fault === 'never answers') return act();
    this.#open++;
    try {
      await act();
    } finally {
      this.#open--;
      this.#stage.moments++;
      this.#ended.emit('end');
    }
  }

  #requestOf(id: string): SeenDurableRequest {
    return this.#stage.task(this.#stage.batches.get(id)?.tasks[0] ?? '').request;
  }

  #lapseBeforeCheckpoint(id: string): void {
    for (const name of this.#stage.batches.get(id)?.tasks ?? []) {
      const task = this.#stage.task(name);
      if (task.plan.lapse === 'checkpoint' && task.calls.length > 0) this.#stage.lapse(task, id);
    }
  }
}
