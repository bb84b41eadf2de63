import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, request, type Running, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { AppModule } from './health.js';

let release: Deferred;

beforeEach(() => {
  release = deferred();
});

@Controller()
class Handlers {
  @Get('fill/:count')
  fill(@Param('count') count: string, tasks: BackgroundTasks): string {
    for (let index = 0; index < Number(count); index++) tasks.addTask(() => release.promise);
    return 'fine';
  }
}

/** What one of the two says: its status, and of the readiness what it says of the tasks. */
async function ask(running: Running, path: 'ready' | 'live'): Promise<unknown[]> {
  const { status, body } = await request(running, `/health/${path}`);
  const { details = {} } = JSON.parse(body) as { details?: { backgroundTasks?: unknown } };
  return [status, details.backgroundTasks];
}

describe.each(platforms)('the health on $name', (platform) => {
  const startRecipe = () => start(platform, { imports: [AppModule], controllers: [Handlers] });

  it('is ready up to nine tenths of maxPending', async () => {
    const running = await startRecipe();
    await request(running, '/fill/900');
    const [status, tasks] = await ask(running, 'ready');
    expect(status).toBe(200);
    expect(tasks).toEqual({ status: 'up', pending: 899, running: 1, draining: false });
    release.resolve();
    await running.runner.idle();
  });

  it('is not ready above, but alive, and ready again when there is room', async () => {
    const running = await startRecipe();
    await request(running, '/fill/901');
    expect(await ask(running, 'ready')).toEqual([503, { status: 'down', pending: 900, running: 1, draining: false }]);
    expect(await ask(running, 'live')).toEqual([200, undefined]);
    release.resolve();
    await running.runner.idle();
    expect(await ask(running, 'ready')).toEqual([200, { status: 'up', pending: 0, running: 0, draining: false }]);
  });

  it('is not ready while the shutdown drains, but alive', async () => {
    const running = await startRecipe();
    await request(running, '/fill/1');
    const closed = running.close();
    while (!running.runner.stats().draining) await new Promise((resolve) => setImmediate(resolve));
    expect(await ask(running, 'ready')).toEqual([503, { status: 'down', pending: 0, running: 1, draining: true }]);
    expect(await ask(running, 'live')).toEqual([200, undefined]);
    release.resolve();
    await closed;
  });
});
