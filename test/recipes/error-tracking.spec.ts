import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, currentTask } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { ErrorTracker, ErrorTracking } from './error-tracking.js';

/** Keeps its scopes as Sentry does: each has what the one around it had, and what it is told goes nowhere else. */
class RecordingTracker extends ErrorTracker {
  readonly reports: Array<{ error: unknown; context: Record<string, unknown>; breadcrumbs: string[] }> = [];
  readonly #scopes = new AsyncLocalStorage<string[]>();
  readonly #global: string[] = [];

  captureException(error: unknown, context: Record<string, unknown>): void {
    this.reports.push({ error, context, breadcrumbs: [...this.#scope] });
  }

  withIsolationScope<T>(fn: () => T): T {
    return this.#scopes.run([...this.#scope], fn);
  }

  leave(breadcrumb: string): void {
    this.#scope.push(breadcrumb);
  }

  get #scope(): string[] {
    return this.#scopes.getStore() ?? this.#global;
  }
}

let tracker: RecordingTracker;

beforeEach(() => {
  tracker = new RecordingTracker();
});

const boom = new RangeError('boom');

function fail(): never {
  tracker.leave(`${currentTask()?.name} ${currentTask()?.attempt}`);
  throw boom;
}

@Controller()
class Handlers {
  @Get('orders/:id')
  order(@Param('id') id: string, tasks: BackgroundTasks): string {
    tracker.withIsolationScope(() => {
      tracker.leave(`request ${id}`);
      tasks.addTask(() => tracker.leave('write')).with({ name: 'write' });
      tasks.addTask(fail).with({ retries: { retries: 2, minTimeout: 0 } });
      tasks.addTask(fail).with({ name: 'after it' });
    });
    return 'fine';
  }

  @Get('hanging')
  hanging(tasks: BackgroundTasks): string {
    tasks.addTask(() => this.#hang()).with({ name: 'hang', timeout: 1 });
    return 'fine';
  }

  #hang(): Promise<never> {
    tracker.leave('hang');
    return new Promise(() => undefined);
  }
}

@Module({ providers: [{ provide: ErrorTracker, useFactory: () => tracker }, ErrorTracking], exports: [ErrorTracking] })
class TrackingModule {}

describe.each(platforms)('the error tracker on $name', (platform) => {
  const startRecipe = () => {
    const imports = [
      TrackingModule,
      BackgroundTasksModule.forRoot({ interceptors: [ErrorTracking], onFailure: 'continue' }),
    ];
    return start(platform, { imports, controllers: [Handlers] });
  };

  it('gets what a task threw, once it has failed for good, with the scope of its last attempt', async () => {
    const running = await startRecipe();
    await request(running, '/orders/7');
    await running.runner.idle();
    const batchId = expect.any(String);
    expect(tracker.reports).toEqual([
      { error: boom, context: { task: 'fail', attempt: 3, batchId }, breadcrumbs: ['request 7', 'fail 3'] },
      { error: boom, context: { task: 'after it', attempt: 1, batchId }, breadcrumbs: ['request 7', 'after it 1'] },
    ]);
    expect(tracker.reports[0]?.error).toBe(boom);
  });

  it('keeps requests apart', async () => {
    const running = await startRecipe();
    await Promise.all(['1', '2', '3'].map((id) => request(running, `/orders/${id}`)));
    await running.runner.idle();
    const breadcrumbs = tracker.reports.map((report) => report.breadcrumbs.join(', ')).toSorted();
    expect(breadcrumbs).toEqual(
      ['1', '2', '3'].flatMap((id) => [`request ${id}, after it 1`, `request ${id}, fail 3`]),
    );
  });

  it('gets a timeout, with the scope of the attempt that hangs', async () => {
    const running = await startRecipe();
    await request(running, '/hanging');
    await running.runner.idle();
    expect(tracker.reports).toEqual([
      {
        error: expect.objectContaining({ name: 'TimeoutError' }),
        context: { task: 'hang', attempt: 1, batchId: expect.any(String) },
        breadcrumbs: ['hang'],
      },
    ]);
  });

  it('is left alone by what a task does outside of any request', async () => {
    const running = await startRecipe();
    await running.runner.scope((tasks) => void tasks.addTask(() => tracker.leave('nightly')));
    await running.runner.idle();
    tracker.captureException(boom, {});
    expect(tracker.reports).toEqual([{ error: boom, context: {}, breadcrumbs: [] }]);
  });
});
