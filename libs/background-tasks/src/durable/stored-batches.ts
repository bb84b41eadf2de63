import { wrongValue } from '../core/errors/wording.js';
import { type DurableBatch, DurableBatches } from '../core/tasks/durable-batches.js';
import { checkKnown, isCount } from '../core/tasks/task-options.js';
import { type DurableEngine, notFailedError } from './engine.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The batches that an engine has, as users see them. */
export class StoredBatches extends DurableBatches {
  readonly #engine: DurableEngine;

  constructor(engine: DurableEngine) {
    super();
    this.#engine = engine;
  }

  /** The cursor of one that is done stands behind its last step, whatever the engine has written down last. */
  async get(id: string): Promise<DurableBatch | undefined> {
    const batch = isId(id) ? await this.#engine.get(id) : undefined;
    return batch?.state === 'completed' ? { ...batch, cursor: batch.tasks.length } : batch;
  }

  async failed(options: { limit?: number } = {}): Promise<DurableBatch[]> {
    checkKnown('options', options, ['limit']);
    const { limit = 100 } = options;
    if (!isCount(limit) || limit === 0 || limit === Infinity)
      throw wrongValue('limit', 'a whole number above 0', limit);
    return this.#engine.failed(limit);
  }

  async redrive(id: string): Promise<void> {
    if (!isId(id)) throw notFailedError(id, undefined);
    await this.#engine.redrive(id);
  }

  async cancel(id: string): Promise<boolean> {
    return isId(id) && this.#engine.discard(id);
  }
}

/** What is no UUID would be an error of the database in one engine, and is unknown in another: it is of none. */
function isId(id: unknown): boolean {
  if (typeof id === 'string') return UUID.test(id);
  throw wrongValue('id', 'the id of a batch, as `currentTask().batchId` has it', id);
}
