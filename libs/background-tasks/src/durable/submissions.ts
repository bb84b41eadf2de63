import { setMaxListeners } from 'node:events';
import { clock } from '../core/batch/clock.js';
import { isEnabled } from '../core/running/intercepted.js';
import type { Scheduler } from '../core/running/scheduler.js';
import type { DurableTransaction } from '../core/tasks/durable-batches.js';
import type { StoreInterceptor } from '../core/tasks/task-interceptor.js';
import type { ResolvedDurableOptions } from './durable.options.js';
import type { DurableEngine, NewBatch } from './engine.js';
import { newBatch, payloadOf } from './new-batch.js';
import type { OutgoingBatch } from './outgoing-batch.js';
import { untilDone, within } from './patience.js';
import { Submission } from './submission.js';

/** Milliseconds that a batch is tried to be stored when no client waits for it any more. */
const LATE_PATIENCE = 30_000;

/** What one application asks of its engine for its responses, with the patience that the options give it. */
export class Submissions {
  readonly scheduler: Scheduler;
  readonly options: ResolvedDurableOptions;
  readonly engine: DurableEngine;
  readonly #closing = new AbortController();
  #setReady: () => void = () => undefined;
  /** The engine is there, and so is what wraps each storing. */
  readonly #ready = new Promise<void>((resolve) => {
    this.#setReady = resolve;
  });

  constructor(scheduler: Scheduler, options: ResolvedDurableOptions, engine: DurableEngine) {
    this.scheduler = scheduler;
    this.options = options;
    this.engine = engine;
    // each release that is under way listens
    setMaxListeners(Infinity, this.#closing.signal);
  }

  /** From now on the engine can be asked. */
  begin(): void {
    this.#setReady();
  }

  /** From now on nothing is tried again. */
  close(): void {
    this.#closing.abort();
  }

  /** Stores `outgoing`, held, while a client waits for that. Rejects in time: nothing of it will run then. */
  async submit(outgoing: OutgoingBatch): Promise<void> {
    const { hold, submitTimeout } = this.options;
    outgoing.heldUntil = clock.now() + hold;
    const submitting = this.#submit(outgoing, hold);
    try {
      await within(
        submitTimeout,
        submitting.done,
        () => new Error(`The engine has not answered within ${submitTimeout} ms.`),
      );
    } catch (error) {
      // it may succeed after all, or have succeeded before its connection was lost: it is held until it is known
      if (submitting.giveUp(error)) void submitting.done.catch(() => undefined).then(() => this.discard(outgoing));
      throw error;
    }
  }

  /** Stores `outgoing` once `transaction` commits; rejects with what its driver throws. */
  async submitIn(transaction: DurableTransaction, outgoing: OutgoingBatch): Promise<void> {
    const { hold } = this.options;
    outgoing.heldUntil = clock.now() + hold;
    outgoing.isInTransaction = true;
    await this.#submit(outgoing, hold, transaction).done;
  }

  /** Stores `outgoing` for a worker to take at once: nobody waits for it, so it is tried for half a minute. */
  async submitLate(outgoing: OutgoingBatch): Promise<void> {
    const tryOnce = async (): Promise<void> => {
      const submission = this.#submit(outgoing, 0);
      await this.#inTime(submission.done).catch((error: unknown) => {
        submission.waitNoLonger(error);
        throw error;
      });
    };
    await untilDone(tryOnce, clock.now() + LATE_PATIENCE, this.#closing.signal);
  }

  /** Has a worker take `outgoing` now. Where that fails, the end of its hold does the same. */
  async release(outgoing: OutgoingBatch): Promise<void> {
    await this.#inTime(outgoing.prolonging).catch(() => undefined);
    const release = (): Promise<void> => this.#inTime(this.engine.release(outgoing.id));
    await untilDone(release, outgoing.heldUntil, this.#closing.signal).catch(() => undefined);
  }

  /** Takes `outgoing` back; false if it is too late for that, and `undefined` where nobody knows. */
  async discard(outgoing: OutgoingBatch): Promise<boolean | undefined> {
    let isFirst = true;
    const discard = async (): Promise<boolean> => {
      const isAnother = !isFirst;
      isFirst = false;
      if (await this.#inTime(this.engine.discard(outgoing.id))) return true;
      return isAnother && this.#isGone(outgoing);
    };
    return untilDone(discard, outgoing.heldUntil, this.#closing.signal).catch(() => undefined);
  }

  /** Whether it was taken back by a call whose answer was lost. */
  async #isGone({ id, isInTransaction }: OutgoingBatch): Promise<boolean> {
    // of a transaction, it may be that it was never there
    return !isInTransaction && (await this.#inTime(this.engine.get(id))) === undefined;
  }

  /** Holds `outgoing` longer. What fails is tried again the next time. */
  async extend(outgoing: OutgoingBatch): Promise<void> {
    const until = clock.now() + this.options.hold;
    const extending = this.engine.extend(outgoing.id, this.options.hold);
    outgoing.prolonging = extending;
    await extending;
    outgoing.heldUntil = until;
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const { submitTimeout } = this.options;
    return within(submitTimeout, work, () => new Error(`The engine has not answered within ${submitTimeout} ms.`));
  }

  #submit(outgoing: OutgoingBatch, hold: number, transaction?: DurableTransaction): Submitting {
    const submission = new Submission((batch) =>
      this.engine.submit(batch, { hold, ...(transaction && { transaction }) }),
    );
    const carrying = async (): Promise<void> => {
      await this.#ready;
      await this.#carrying(outgoing, (batch) => submission.submit(batch));
    };
    return {
      done: submission.whenDone(carrying),
      giveUp: (reason) => submission.giveUp(reason),
      waitNoLonger: (reason) => submission.waitNoLonger(reason),
    };
  }

  /** In the async context of the code that added the last task. */
  #carrying(outgoing: OutgoingBatch, submit: (batch: NewBatch) => Promise<void>): Promise<void> {
    const { context } = outgoing.stored.at(-1)?.entry ?? {};
    const run = (): Promise<void> => this.#intercepted(outgoing, { ...this.options.carry?.() }, submit);
    return context === undefined ? run() : context.runInAsyncScope(run);
  }

  #intercepted(
    outgoing: OutgoingBatch,
    carry: Record<string, string>,
    submit: (batch: NewBatch) => Promise<void>,
  ): Promise<void> {
    const names = outgoing.stored.map(({ entry }) => entry.task.name);
    const seen = { batchId: outgoing.id, names, system: this.engine.system, queue: this.options.queue, carry };
    const around = this.scheduler.settings.interceptors.filter(isStoreInterceptor);
    const store = around.reduceRight<() => Promise<void>>(
      (next, interceptor) => async () => interceptor.store(seen, next),
      async () => submit(this.#checked(newBatch(outgoing, carry))),
    );
    return store();
  }

  /** @throws TypeError, RangeError for what cannot be carried. */
  #checked(batch: NewBatch): NewBatch {
    const { maxPayload } = this.options;
    for (const [key, value] of Object.entries(batch.carry)) {
      if (typeof value !== 'string')
        throw new TypeError(`Expected \`carry\` to return texts only, got another thing for \`${key}\`.`);
    }
    const bytes = payloadOf(batch);
    if (bytes <= maxPayload) return batch;
    throw new RangeError(
      `The arguments and what \`carry\` returns take ${bytes} bytes, and \`maxPayload\` is ${maxPayload}.`,
    );
  }
}

/** A batch on its way to the engine. */
interface Submitting extends Pick<Submission, 'giveUp' | 'waitNoLonger'> {
  readonly done: Promise<void>;
}

function isStoreInterceptor(interceptor: Partial<StoreInterceptor>): interceptor is StoreInterceptor {
  return isEnabled(interceptor) && typeof interceptor.store === 'function';
}
