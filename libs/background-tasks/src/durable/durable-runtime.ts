import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { summaryOf } from '../core/errors/error-text.js';
import type { Scheduler } from '../core/running/scheduler.js';
import type { DurableBatches } from '../core/tasks/durable-batches.js';
import { DurableLog } from './durable-log.js';
import { DurableTaskStore } from './durable-task-store.js';
import type { ResolvedDurableOptions } from './durable.options.js';
import type { DurableEngine } from './engine.js';
import { within } from './patience.js';
import { refuseScopedProviders, refuseSecondEngine } from './refusals.js';
import { StepLoop } from './step-loop.js';
import { StoredBatches } from './stored-batches.js';
import { Submissions } from './submissions.js';

/** Milliseconds that an engine has to let go of its connections, once the drain is over. */
const CLOSE_TIMEOUT = 1_000;

/** What brings an engine into an application. */
export interface DurableSetup {
  /** The module that is imported, and what its engine is called. */
  readonly module: string;
  readonly engineName: string;
  readonly engine: DurableEngine;
  readonly options: ResolvedDurableOptions;
  readonly log: DurableLog;
}

/**
 * The durable half of one application: stores what its responses add, and runs what is stored.
 *
 * Life cycle: made with the modules, since tasks may be added from then on; connected in `onModuleInit`, before those of
 * other modules; takes batches from `onApplicationBootstrap` on, when everything that tasks may use is there, and none any
 * more when the drain begins; lets go of its connections in `onApplicationShutdown`, after those of other modules, since
 * the tasks that the drain waits for may add durable ones.
 */
export class DurableRuntime implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  readonly batches: DurableBatches;
  readonly #scheduler: Scheduler;
  readonly #setup: DurableSetup;
  readonly #submissions: Submissions;
  #hasStarted = false;
  #isClaiming = false;

  /** @throws Error where another module has brought an engine. */
  constructor(scheduler: Scheduler, setup: DurableSetup) {
    this.#scheduler = scheduler;
    this.#setup = setup;
    this.#submissions = new Submissions(scheduler, setup.options, setup.engine);
    this.batches = new StoredBatches(setup.engine);
    refuseSecondEngine(scheduler.store, setup.module);
    scheduler.store = new DurableTaskStore(setup.module, this.#submissions);
  }

  /**
   * @throws Error by rejecting, where a durable method is one of a request-scoped provider, and where the engine is out of
   * reach.
   */
  async onModuleInit(): Promise<void> {
    // a test that captures tasks has nothing stored, and needs no engine
    if (!this.#scheduler.application.stores) return;
    refuseScopedProviders(this.#scheduler.durableNames?.methods ?? [], this.#setup.module);
    await this.#start();
    await this.#scheduler.makeInterceptors();
    this.#submissions.begin();
    this.#scheduler.onDraining = () => this.#stopClaiming();
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.#hasStarted || this.#scheduler.isDraining) return;
    const { engine, options, log } = this.#setup;
    if (!options.worker) return log.runsNone(options.queue);
    this.#isClaiming = true;
    const { defaults, queue } = options;
    const loop = new StepLoop(this.#scheduler, { defaults, store: { system: engine.system, queue } }, log);
    await engine.consume((claim) => loop.run(claim), options);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#submissions.close();
    if (this.#hasStarted) await this.#setup.engine.close(CLOSE_TIMEOUT);
  }

  /** The drain goes on in each hook of the shutdown. */
  #stopClaiming(): void {
    if (!this.#isClaiming) return;
    this.#isClaiming = false;
    void this.#setup.engine.stopClaiming();
  }

  async #start(): Promise<void> {
    const { engine, engineName, module, options } = this.#setup;
    const { startTimeout } = options;
    try {
      await within(startTimeout, engine.start(), () => new Error(`it has not answered within ${startTimeout} ms`));
      this.#hasStarted = true;
    } catch (error) {
      await engine.close(CLOSE_TIMEOUT);
      throw new Error(
        `${module} cannot reach ${engineName}: ${summaryOf(error)}. Check its option \`connection\`, and that the server runs.`,
        { cause: error },
      );
    }
  }
}
