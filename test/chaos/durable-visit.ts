import type { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { MemoryTransaction } from '../harness/memory-engine.js';
import type { Doer } from './durable-doer.js';
import type { DurablePlace, DurableTaskPlan } from './durable-plan.js';
import type { SeenDurableRequest } from './durable-seen.js';
import type { DurableStage } from './durable-stage.js';
import { turns } from './turns.js';

/** How code of a request gets at its tasks. */
export interface DurableWays {
  readonly tasks?: BackgroundTasks;
  readonly reply?: { background?: unknown };
}

/** What code of a request does, as it is planned. */
export class DurableVisit {
  readonly seen: SeenDurableRequest;
  readonly #stage: DurableStage;
  readonly #doer: Doer;

  constructor(stage: DurableStage, doer: Doer, { url }: { readonly url: string }) {
    this.#stage = stage;
    this.#doer = doer;
    this.seen = stage.requestAt(url);
  }

  /** The code of a handler: no task starts before its end. */
  async work<T>(ways: Required<DurableWays>, end: () => T | Promise<T>): Promise<T> {
    this.seen.atWork++;
    try {
      this.addAt('handler', ways);
      this.addAt('attached', { reply: ways.reply });
      void this.seen.over.promise.then(() => this.addAt('late', ways));
      if (this.seen.plan.ending === 'takes-turns') await turns(this.seen.plan.turns);
      return await end();
    } catch (error) {
      this.seen.hasThrown = true;
      throw error;
    } finally {
      this.seen.atWork--;
    }
  }

  addAt(place: DurablePlace, ways: DurableWays): void {
    for (const plan of this.seen.plan.tasks) if (plan.place === place) this.#add(plan, ways);
  }

  /** Stores what was added so far in a transaction, and ends that. */
  async persist(tasks: BackgroundTasks, isCommitted: boolean): Promise<void> {
    const transaction = new MemoryTransaction();
    const id = await tasks.persistIn(transaction);
    await turns(this.seen.plan.turns);
    if (isCommitted) transaction.commit();
    else if (id !== undefined) this.#stage.rolledBack.add(id);
  }

  #add(plan: DurableTaskPlan, { tasks, reply }: DurableWays): void {
    const seen = this.#stage.seeTask(this.seen, plan);
    const task: BackgroundTask = this.#doer.make(plan);
    const attach = (): void => {
      if (reply !== undefined) reply.background = task;
    };
    if (tasks === undefined) attach();
    else tasks.addTask(task);
    if (plan.isTwice && tasks !== undefined) tasks.addTask(task);
    if (plan.isTwice) attach();
    if (!plan.isCancelled || plan.place === 'late') return;
    seen.isCancelled = task.cancel();
    if (!seen.isCancelled) this.#stage.complain(`${plan.name} could not be cancelled at once`);
  }
}
