import { Inject, Injectable } from '@nestjs/common';
import { OwnCall } from '../calls/own-call.js';
import type { BackgroundTasksStats } from '../reports/task-reports.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import { type IdleOptions, whenIdle } from './idle.js';
import { Scheduler } from './scheduler.js';

/**
 * Waits for the tasks of an application, counts them, and makes room for tasks without a request.
 *
 * Inject it, or get it from the application, to wait for the tasks in a test. Batches run without its doing, each in
 * order and independent of the others.
 */
@Injectable()
export class BackgroundTasksRunner {
  readonly #scheduler: Scheduler;

  constructor(@Inject(Scheduler) scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /**
   * Resolves when every batch known so far has finished, and so every response in flight with tasks has settled.
   *
   * A batch is known once a task is in it. A failed task has been logged, and is no reason to reject.
   *
   * It rejects after `timeout` milliseconds, by default never, naming what it waits for; and where it would wait for
   * itself: in a task, in `scope()`, in the handler of a message or a resolver, and with `scope: Scope.DEFAULT` in an HTTP
   * handler that has tasks. With `Scope.REQUEST` nothing can tell that it is called in an HTTP handler: one that has tasks
   * and awaits it waits for ever.
   *
   * To ask costs next to nothing, however often. Its time is real, also under fake timers.
   *
   * @throws TypeError by rejecting, for an option or a value that does not exist.
   * @example
   * await request(app.getHttpServer()).post('/signup').send(dto);
   * await app.get(BackgroundTasksRunner).idle({ timeout: 1000 });
   */
  idle(options: IdleOptions = {}): Promise<void> {
    return whenIdle(this.#scheduler, options);
  }

  /** How many batches and tasks there are now, and what became of the others. */
  stats(): BackgroundTasksStats {
    const { application, reports } = this.#scheduler;
    const { unfinished, claimed } = application.openBatches;
    return { batches: unfinished.size + claimed.size, ...reports.counts };
  }

  /**
   * Calls `fn` with tasks of its own, which run when it has ended; settles as `fn` does, without waiting for them.
   *
   * For work without a request: a cron job, a queue consumer, a command. The outcome is success if `fn`
   * returns or resolves, failure if it throws or rejects. With `scope: Scope.DEFAULT`, the injected
   * `BackgroundTasks` are these within `fn`.
   *
   * @example
   * @Cron('0 3 * * *')
   * nightly() {
   *   return this.runner.scope(async (tasks) => {
   *     const report = await this.reports.close();
   *     tasks.addTask(this.mailer, 'send', report);
   *   });
   * }
   */
  async scope<T>(fn: (tasks: BackgroundTasks) => T | PromiseLike<T>): Promise<T> {
    const call = new OwnCall(this.#scheduler.application);
    return call.follow(() => call.within(() => fn(call.newTasks())));
  }
}
