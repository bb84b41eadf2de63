import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let release: Deferred;
let entered: Deferred;

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
  entered = deferred();
});

const note = (event: string): void => timeline.mark(event);

@Controller()
class Slow {
  @Get('slow-task')
  slowTask(tasks: BackgroundTasks): string {
    tasks.addTask(async () => {
      await release.promise;
      note('task');
    });
    tasks.addTask(() => {
      tasks.addTask(note, 'nested');
    });
    return 'fine';
  }

  @Get('slow-handler')
  async slowHandler(tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(note, 'task');
    entered.resolve();
    await release.promise;
    return 'fine';
  }

  @Get('failing')
  failing(tasks: BackgroundTasks): string {
    tasks.addTask(() => Promise.reject(new Error('on purpose')));
    return 'fine';
  }
}

const module = { controllers: [Slow] };

describe.each(platforms)('idle() on $name', (platform) => {
  it('resolves at once when there is nothing to wait for', async () => {
    const running = await start(platform, module);
    await expect(running.runner.idle()).resolves.toBeUndefined();
  });

  it('waits for the tasks that are running, and for those they add', async () => {
    const running = await start(platform, module);
    await request(running, '/slow-task');
    const idle = running.runner.idle().then(() => note('idle'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(timeline.events).toEqual([]);
    release.resolve();
    await idle;
    expect(timeline.events).toEqual(['task', 'nested', 'idle']);
  });

  it('waits for a response that is still in flight and has tasks', async () => {
    const running = await start(platform, module);
    const answer = request(running, '/slow-handler');
    await entered.promise;
    const idle = running.runner.idle().then(() => note('idle'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(timeline.events).toEqual([]);
    release.resolve();
    await answer;
    await idle;
    expect(timeline.events).toEqual(['task', 'idle']);
  });

  it('serves all who wait', async () => {
    const running = await start(platform, module);
    await request(running, '/slow-task');
    const all = Promise.all([running.runner.idle(), running.runner.idle(), running.runner.idle()]);
    release.resolve();
    await expect(all).resolves.toHaveLength(3);
    expect(timeline.events).toEqual(['task', 'nested']);
  });

  it('does not wait for batches that come later', async () => {
    const running = await start(platform, module);
    await request(running, '/failing');
    const idle = running.runner.idle();
    await request(running, '/slow-task');
    await idle;
    expect(timeline.events).toEqual([]);
    release.resolve();
    await running.runner.idle();
    expect(timeline.events).toEqual(['task', 'nested']);
  });

  it('resolves when tasks have failed, too', async () => {
    const running = await start(platform, module);
    await request(running, '/failing');
    await expect(running.runner.idle()).resolves.toBeUndefined();
    expect(running.logger.ofTasks('error')).toHaveLength(1);
  });

  it('rejects after its timeout, and names what it waits for', async () => {
    const running = await start(platform, module);
    await request(running, '/slow-task');
    const answer = request(running, '/slow-handler');
    await entered.promise;
    const waiting = running.runner.idle({ timeout: 20 });
    await expect(waiting).rejects.toThrow(
      'Cannot wait for the background tasks any longer: they were not idle within 20 ms. ' +
        'Running: "anonymous". Waiting: "anonymous", "note". In flight: 1 handler.',
    );
    release.resolve();
    await answer;
    await expect(running.runner.idle({ timeout: 60_000 })).resolves.toBeUndefined();
  });

  it.each([
    [{ timeout: '20' }, "Expected `timeout` to be milliseconds from 0, got `'20'` (string)."],
    [{ timout: 20 }, 'Expected `options` to be made of `timeout`'],
  ])('rejects for what is no option: %j', async (options, message) => {
    const running = await start(platform, module);
    await expect(running.runner.idle(options as object)).rejects.toThrow(message);
  });

  it('costs nothing to ask often, beside a task that never ends and others that come and go', async () => {
    const running = await start(platform, module);
    await request(running, '/slow-task');
    const asked = new Set<Promise<void>>();
    for (let round = 0; round < 3; round++) {
      await request(running, '/failing');
      await running.timeline.until('finish', round + 2);
      await new Promise((resolve) => setImmediate(resolve));
      for (let times = 0; times < 1000; times++) asked.add(running.runner.idle());
    }
    expect(asked.size).toBe(1);
    release.resolve();
    await Promise.all(asked);
  });

  it('has a timeout under fake timers, in real milliseconds', async () => {
    const running = await start(platform, module);
    await request(running, '/slow-task');
    jest.useFakeTimers();
    const waiting = running.runner.idle({ timeout: 5 });
    await expect(waiting).rejects.toThrow('not idle within 5 ms');
    jest.useRealTimers();
    release.resolve();
    await running.runner.idle();
  });

  it('works under fake timers', async () => {
    const running = await start(platform, module);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    release.resolve();
    const answer = await request(running, '/slow-task');
    await running.runner.idle();
    jest.useRealTimers();
    expect(answer.status).toBe(200);
    expect(timeline.events).toEqual(['task', 'nested']);
  });
});
