import { beforeEach, describe, expect, it } from '@jest/globals';
import { BackgroundTasksModule, type BackgroundTasksModuleOptions } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { nest } from '../harness/nest.js';
import { type Closable, startClosable } from './application.js';
import { Endings } from './endings.js';
import { drainsOf, next } from './events.js';
import { ClosedOnModuleDestroy, resourceModule } from './resources.js';
import { Stage } from './stage.js';

const lost = 'Background tasks were not done within the shutdownTimeout of 20 ms, and are lost.';
const aborted = 'aborted by AbortError: The application shuts down, and has waited 20 ms.';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

describe.each(platforms)('after the shutdownTimeout, on $name,', (platform) => {
  const whereCut = nest.closesFastify || !platform.isFastify ? it : it.skip;

  const start = (options: BackgroundTasksModuleOptions = {}): Promise<Closable> =>
    startClosable(
      platform,
      stage,
      {
        imports: [
          resourceModule(ClosedOnModuleDestroy),
          BackgroundTasksModule.forRoot({ shutdownTimeout: 20, ...options }),
        ],
        controllers: [Endings],
      },
      { forceCloseConnections: true },
    );

  it('the signals abort while resources are still there, and what is lost is named', async () => {
    const running = await start();
    const drains = drainsOf(running.app);
    await request(running, '/endless');
    await stage.until('endless begins');
    await running.close();
    expect(stage.events.filter((event) => !event.includes('Shutdown'))).toEqual([
      'endless begins',
      'onModuleDestroy begins',
      aborted,
      'resource closed',
      'closed',
    ]);
    expect(errors(running)).toEqual([`${lost} Still running: "endless". Never started: "pending".`]);
    expect(drains).toEqual([['endless', 'pending']]);
    expect(running.runner.stats()).toMatchObject({
      batches: 1,
      pending: 0,
      running: 1,
      succeeded: 0,
      failed: 0,
      skipped: 1,
    });
  });

  it.each([
    ['resolves', { succeeded: 1, failed: 0 }],
    ['rejects', { succeeded: 0, failed: 1 }],
  ])('a task that %s by its signal is not lost, and none starts after it', async (how, counts) => {
    const running = await start();
    const drains = drainsOf(running.app);
    await request(running, `/obedient/${how}`);
    await stage.until('obedient begins');
    await running.close();
    expect(stage.events).toContain(aborted);
    expect(stage.events).not.toContain('pending begins');
    expect(errors(running)).toContain(`${lost} Never started: "pending".`);
    expect(drains).toEqual([['pending']]);
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, skipped: 1, ...counts });
  });

  it('a task that waits for its next attempt waits no longer, and fails with what it threw', async () => {
    const running = await start();
    const drains = drainsOf(running.app);
    await request(running, '/retried');
    await stage.until('retried begins');
    await running.close();
    expect(errors(running)).toEqual(['Background task "retried" failed: Error: on purpose.']);
    expect(drains).toEqual([[]]);
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({
      batches: 0,
      pending: 0,
      running: 0,
      succeeded: 0,
      failed: 1,
      skipped: 0,
    });
  });

  whereCut('a handler that hangs holds up nothing (on Fastify since Nest 12)', async () => {
    const running = await start();
    const drains = drainsOf(running.app);
    request(running, '/hanging').catch(() => stage.mark('the request was cut'));
    await stage.until('a request is in flight');
    await running.close();
    await stage.until('the request was cut');
    expect(errors(running)).toEqual([]);
    expect(drains).toEqual([[]]);
  });

  whereCut('a handler that hangs loses the tasks it has added (on Fastify since Nest 12)', async () => {
    const running = await start();
    const drains = drainsOf(running.app);
    request(running, '/unanswered').catch(() => stage.mark('the request was cut'));
    await stage.until('a request is in flight');
    await running.close();
    await stage.until('the request was cut');
    expect(errors(running)).toEqual([`${lost} Never started: "unanswered".`]);
    expect(drains).toEqual([['unanswered']]);
    expect(running.runner.stats()).toMatchObject({
      batches: 0,
      pending: 0,
      running: 0,
      succeeded: 0,
      failed: 0,
      skipped: 1,
    });
  });

  whereCut('a task that is still added is reported at error level (on Fastify since Nest 12)', async () => {
    const running = await start();
    const skipped = next(running.app, 'skipped');
    await request(running, '/endless');
    await stage.until('endless begins');
    request(running, '/hanging').catch(() => stage.mark('the request was cut'));
    await stage.until('a request is in flight');
    await running.close();
    expect(await skipped).toMatchObject({ name: 'pending', reason: 'shutdown' });
    running.logger.lines.length = 0;
    for (const held of [stage.tasks, stage.handlers]) {
      const late = next(running.app, 'skipped');
      held.resolve();
      expect(await late).toMatchObject({ name: 'too late', reason: 'shutdown' });
    }
    const line = 'Background task "too late" was skipped: the application has shut down, and waits no longer.';
    expect(errors(running)).toEqual([line, line]);
    expect(stage.events).not.toContain('too late begins');
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({
      batches: 0,
      pending: 0,
      running: 0,
      succeeded: 1,
      failed: 0,
      skipped: 3,
    });
  });

  it('the batches that waited for their turn are over', async () => {
    const running = await start({ concurrency: 1 });
    const drains = drainsOf(running.app);
    await request(running, '/endless');
    await stage.until('endless begins');
    await request(running, '/endless');
    await request(running, '/retried');
    await running.close();
    expect(errors(running)).toEqual([
      `${lost} Still running: "endless". Never started: "pending", "endless", "pending", "retried".`,
    ]);
    expect(drains).toEqual([['endless', 'pending', 'endless', 'pending', 'retried']]);
    expect(running.runner.stats()).toMatchObject({
      batches: 1,
      pending: 0,
      running: 1,
      succeeded: 0,
      failed: 0,
      skipped: 4,
    });
    stage.tasks.resolve();
    await running.runner.idle();
    expect(stage.events.filter((event) => event.endsWith('begins'))).not.toContain('retried begins');
  });

  it('closing a second time reports nothing twice', async () => {
    const running = await start();
    const drains = drainsOf(running.app);
    await request(running, '/endless');
    await stage.until('endless begins');
    await running.close();
    await running.close();
    expect(errors(running)).toHaveLength(1);
    expect(drains).toHaveLength(1);
  });

  it('of 0, nothing is waited for', async () => {
    const running = await start({ shutdownTimeout: 0 });
    await request(running, '/obedient/resolves');
    await stage.until('obedient begins');
    await running.close();
    expect(stage.events).toContain('aborted by AbortError: The application shuts down, and has waited 0 ms.');
    expect(errors(running)).toEqual([
      'Background tasks were not done within the shutdownTimeout of 0 ms, and are lost. Never started: "pending".',
    ]);
  });

  it('of Infinity, which never comes, tasks are waited for as long as they take', async () => {
    const running = await start({ shutdownTimeout: Infinity });
    await request(running, '/endless');
    await stage.until('endless begins');
    const closed = running.close();
    await stage.until('onModuleDestroy begins');
    expect((await request(running, '/unknown')).status).toBe(404);
    stage.tasks.resolve();
    await closed;
    expect(stage.events.slice(-5)).toEqual([
      'too late ends',
      'resource closed',
      'beforeApplicationShutdown begins',
      'onApplicationShutdown begins',
      'closed',
    ]);
    expect(errors(running)).toEqual([]);
  });
});

function errors({ logger }: Closable): unknown[] {
  return logger.ofTasks('error').map(({ message }) => message);
}
