import { Logger } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Batch } from '../../libs/background-tasks/src/core/batch/batch.js';
import { soon } from '../../libs/background-tasks/src/core/batch/clock.js';
import type { Outcome } from '../../libs/background-tasks/src/core/tasks/task-context.js';
import { Application } from '../../libs/background-tasks/src/core/calls/application.js';
import { BackgroundTasksRunner } from '../../libs/background-tasks/src/core/running/background-tasks.runner.js';
import { DurableNames, type NamedMethod } from '../../libs/background-tasks/src/core/running/durable-names.js';
import { Scheduler } from '../../libs/background-tasks/src/core/running/scheduler.js';
import { BackgroundTask } from '../../libs/background-tasks/src/core/tasks/background-task.js';
import { DurableTask } from '../../libs/background-tasks/src/core/tasks/durable-task.decorator.js';
import { TaskGroup } from '../../libs/background-tasks/src/core/tasks/task-group.js';
import type { BackgroundTaskOptions } from '../../libs/background-tasks/src/core/tasks/task-options.js';
import type { ClaimSettings } from '../../libs/background-tasks/src/durable/claim-run.js';
import { DurableLog } from '../../libs/background-tasks/src/durable/durable-log.js';
import { DurableTaskStore } from '../../libs/background-tasks/src/durable/durable-task-store.js';
import {
  type DurableTasksOptions,
  resolveDurableOptions,
  type ResolvedDurableOptions,
} from '../../libs/background-tasks/src/durable/durable.options.js';
import type { NewBatch } from '../../libs/background-tasks/src/durable/engine.js';
import { Submissions } from '../../libs/background-tasks/src/durable/submissions.js';
import { FakeAwaited, FakeHandler } from './fake-awaited.js';
import { MemoryEngine } from './memory-engine.js';
import { dataOf } from './memory-store.js';
import { inWords, recordedEvents } from './recorded-reports.js';
import { RecordingLogger } from './recording-logger.js';

const ENGINE = { lease: 8000, checkEvery: 3000, shortestLease: 1, options: [] };

/** Has durable methods, each of which does what a test says. */
export class Mailer {
  does: (to: string) => unknown = () => undefined;

  @DurableTask('mail.send')
  async send(to: string, ..._rest: unknown[]): Promise<void> {
    await this.does(to);
  }

  @DurableTask('mail.audit')
  async audit(to: string): Promise<void> {
    await this.does(to);
  }
}

/** What a worker can call here: the methods of one provider. */
class NamesOf extends DurableNames {
  readonly #found: ReadonlyMap<string, NamedMethod>;

  constructor(mailer: Mailer) {
    super(new ModulesContainer());
    const provided = { name: 'Mailer', instance: mailer, isShared: true };
    this.#found = new Map([
      ['mail.send', { provided, key: 'send' }],
      ['mail.audit', { provided, key: 'audit' }],
    ]);
  }

  override find(name: string): NamedMethod | undefined {
    return this.#found.get(name);
  }

  override check(): void {}
}

/** A response that lets a test ask as its first byte would. */
export class HeldResponse extends FakeAwaited {
  isRefused?: boolean;
  ask: () => Promise<void> | undefined = () => undefined;
  asked = 0;
  #over?: readonly [aborted: boolean, hasBegun: boolean];

  override onceOver(callback: (aborted: boolean, hasBegun: boolean) => void): void {
    super.onceOver(callback);
    const over = this.#over;
    if (over !== undefined) soon(() => callback(...over));
  }

  override end(aborted: boolean, hasBegun = true): void {
    this.#over = [aborted, hasBegun];
    super.end(aborted, hasBegun);
  }

  holdBack(ask: () => Promise<void> | undefined): void {
    this.asked++;
    this.ask = ask;
  }
}

/** A response whose handler is at work, and what was added for it. */
export class Served {
  readonly response = new HeldResponse();
  /** The handler that began last. */
  call: FakeHandler;
  readonly batch: Batch;
  readonly #mailer: Mailer;

  constructor(scheduler: Scheduler, mailer: Mailer) {
    this.#mailer = mailer;
    this.batch = scheduler.application.newBatch({});
    this.batch.settling.setResponse(this.response);
    this.call = this.handle();
  }

  /** One more handler at work on it. */
  handle(): FakeHandler {
    const call = new FakeHandler();
    this.batch.settling.follow(call);
    this.call = call;
    return call;
  }

  add(to: string, options: BackgroundTaskOptions = {}, method: 'send' | 'audit' = 'send'): BackgroundTask {
    const task = new BackgroundTask(this.#mailer, method, to).with(options);
    this.batch.add(task, TaskGroup.ofItsOwn(), this.call);
    return task;
  }

  /** As the handler does before whoever called it hears of its end. */
  store(outcome: Outcome = 'success', call = this.call): Promise<void> | undefined {
    return this.batch.handover?.store({ call, outcome });
  }

  /** The handler ends, and so does the response. */
  end(state: 'completed' | 'errored' = 'completed', status = state === 'completed' ? 200 : 500): void {
    this.response.statusCode = status;
    this.call.end(state);
    this.response.end(false);
  }

  /** All of it, for a success. */
  async succeed(): Promise<void> {
    await this.store();
    this.end();
  }
}

/** The durable half without Nest, and with an engine in memory. */
export class DurableScene {
  readonly logger = new RecordingLogger();
  readonly recorded = recordedEvents();
  readonly scheduler = new Scheduler(new Application(), this.recorded.events);
  readonly engine = new MemoryEngine();
  readonly mailer = new Mailer();
  readonly options: ResolvedDurableOptions;
  readonly submissions: Submissions;
  readonly #runner = new BackgroundTasksRunner(this.scheduler);

  constructor(options: DurableTasksOptions = {}) {
    Logger.overrideLogger(this.logger);
    this.options = resolveDurableOptions(options, ENGINE);
    this.submissions = this.newSubmissions();
    this.submissions.begin();
    this.scheduler.store = new DurableTaskStore('MemoryTasksModule', this.submissions);
    this.scheduler.durableNames = new NamesOf(this.mailer);
  }

  newSubmissions(): Submissions {
    const { options, engine } = this;
    return new Submissions(this.scheduler, { options, engine, log: new DurableLog() });
  }

  /** What a worker does with what it claims. */
  get claims(): ClaimSettings {
    return { defaults: this.options.defaults, store: { system: this.engine.system, queue: this.options.queue } };
  }

  serve(): Served {
    return new Served(this.scheduler, this.mailer);
  }

  told(): string[] {
    return this.recorded.told.map(inWords);
  }

  /** What the engine was asked for. */
  get calls(): string[] {
    return this.engine.calls.map(({ method }) => method);
  }

  /** The batches that were stored and are still there, in that order. */
  get stored(): NewBatch[] {
    const ids = this.engine.calls.filter(({ method }) => method === 'submit').map(({ id }) => id ?? '');
    return [...new Set(ids)]
      .flatMap((id) => this.engine.store.find(id) ?? [])
      .map((kept) => dataOf(kept).batch as NewBatch);
  }

  /** To whom each of those goes, and for which end of the response. */
  get mails(): string[][] {
    return this.stored.map(({ steps }) => steps.map(({ args, outcome }) => `${String(args[0])} after ${outcome}`));
  }

  lines(level: string): string[] {
    return this.logger.ofTasks(level).map(({ message }) => String(message));
  }

  /** The application has shut down: nothing is tried again. */
  close(): void {
    this.submissions.close();
  }

  /** Resolves once nothing waits in this process. */
  idle(): Promise<void> {
    return this.#runner.idle();
  }
}
