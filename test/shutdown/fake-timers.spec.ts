import { performance as realPerformance } from 'node:perf_hooks';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BackgroundTasksModule, type BackgroundTasksModuleOptions } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { type Closable, startClosable } from './application.js';
import { Endings } from './endings.js';
import { Stage } from './stage.js';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

describe.each(platforms)('under fake timers, `performance` among them, on $name,', (platform) => {
  /** What closes Fastify needs these itself. */
  const doNotFake = platform.isFastify ? (['nextTick', 'queueMicrotask', 'setImmediate'] as const) : [];

  /** Does `act` while every timer and clock stands still. */
  async function underFakeTimers(act: () => Promise<void>): Promise<void> {
    jest.useFakeTimers({ doNotFake: [...doNotFake] });
    try {
      await act();
    } finally {
      jest.useRealTimers();
    }
  }

  const start = (options: BackgroundTasksModuleOptions): Promise<Closable> =>
    startClosable(
      platform,
      stage,
      { imports: [BackgroundTasksModule.forRoot(options)], controllers: [Endings] },
      { forceCloseConnections: true },
    );

  it('app.close() with a stuck task ends after the shutdownTimeout, which is real', async () => {
    const running = await start({ shutdownTimeout: 50 });
    await request(running, '/endless');
    await stage.until('endless begins');
    const began = realPerformance.now();
    await underFakeTimers(() => running.close());
    // a timer of Node may go off up to a millisecond early
    expect(realPerformance.now() - began).toBeGreaterThan(48);
    expect(running.logger.ofTasks('error').map(({ message }) => message)).toEqual([
      'Background tasks were not done within the shutdownTimeout of 50 ms, and are lost. ' +
        'Still running: "endless". Never started: "pending".',
    ]);
    stage.tasks.resolve();
  });

  it('app.close() waits for tasks, and a task that waits for its next attempt is cut short', async () => {
    const running = await start({ shutdownTimeout: 20 });
    await request(running, '/retried');
    await stage.until('retried begins');
    await underFakeTimers(() => running.close());
    expect(running.runner.stats()).toMatchObject({ running: 0, failed: 1 });
  });

  it('the timeout of a task is real, too', async () => {
    const running = await start({ defaults: { timeout: 50 } });
    await request(running, '/endless');
    await stage.until('endless begins');
    await underFakeTimers(() => running.runner.idle());
    expect(running.runner.stats()).toMatchObject({ failed: 1, skipped: 1 });
  });
});
