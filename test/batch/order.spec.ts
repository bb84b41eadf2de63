import { describe, expect, it } from '@jest/globals';
import { platforms, request, start } from '../harness/application.js';
import { useMiddleware } from '../harness/nest.js';
import {
  Adders,
  AddersModule,
  AddsInGuard,
  AddsInPipe,
  AddsInService,
  attachesInMiddleware,
  gates,
  timeline,
} from './order/adders.js';

describe.each(platforms)('the tasks of a batch on $name', (platform) => {
  async function eventsAfter(path: string): Promise<string[]> {
    const running = await start(platform, { imports: [AddersModule] });
    expect((await request(running, path)).status).toBe(200);
    await running.runner.idle();
    return timeline.events;
  }

  it('run in the order they were added, whoever added them', async () => {
    expect(await eventsAfter('/everybody')).toEqual([
      'middleware',
      'guard',
      'interceptor',
      'pipe',
      'handler',
      'service',
      'attached 1',
      'attached 2',
      'constructor',
      'attached 3',
    ]);
  });

  it('run all three when middleware attached one before the handler added two, its own first', async () => {
    expect(await eventsAfter('/attached/two')).toEqual(['middleware', 'handler 1', 'handler 2']);
  });

  it('run one at a time', async () => {
    const running = await start(platform, { imports: [AddersModule] });
    await request(running, '/slow-first');
    await timeline.until('slow begins');
    await new Promise((resolve) => setImmediate(resolve));
    expect(timeline.events).toEqual(['slow begins']);
    gates.slow.resolve();
    await running.runner.idle();
    expect(timeline.events).toEqual(['slow begins', 'slow ends', 'next']);
  });

  it('run all of them, in order, when there are 10,000', async () => {
    expect(await eventsAfter('/many')).toEqual(Array.from({ length: 10_000 }, (_, index) => `${index}`));
  });

  it('include what is added to tasks that were attached before', async () => {
    expect(await eventsAfter('/attach-then-fill')).toEqual(['added after attaching', 'added later still']);
  });

  it('run once when the injected tasks are attached as well', async () => {
    expect(await eventsAfter('/attach-the-injected')).toEqual(['once']);
  });
});

describe.each(platforms)('middleware given to app.use() on $name', (platform) => {
  it('can attach a task to the response', async () => {
    const running = await start(
      platform,
      { controllers: [Adders], providers: [AddsInService, AddsInGuard, AddsInPipe] },
      (app) => useMiddleware(app, attachesInMiddleware),
    );
    await request(running, '/attached/two');
    await running.runner.idle();
    expect(timeline.events).toEqual(['middleware', 'handler 1', 'handler 2']);
  });
});
