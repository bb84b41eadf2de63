import { performance as realPerformance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { RecordingLogger } from '../harness/recording-logger.js';

// as `fakeTimers: { enableGlobally: true }` does, before anything is loaded
jest.useFakeTimers();
const { BackgroundTasksModule, BackgroundTasksRunner } = await import('nestjs-background-tasks');
const { Test } = await import('@nestjs/testing');

afterEach(() => void jest.useRealTimers());

describe('under fake timers that were there before the library was', () => {
  async function start() {
    const imports = [BackgroundTasksModule.forRoot({ shutdownTimeout: 50 })];
    const testing = await Test.createTestingModule({ imports }).setLogger(new RecordingLogger()).compile();
    await testing.init();
    return { testing, runner: testing.get(BackgroundTasksRunner) };
  }

  it('tasks run, time out, and are drained', async () => {
    const { testing, runner } = await start();
    const calls: string[] = [];
    await runner.scope((tasks) => {
      tasks.addTask(() => sleep(5).then(() => calls.push('slow')));
      tasks.addTask(() => calls.push('next'));
    });
    await runner.idle();
    expect(calls).toEqual(['slow', 'next']);
    await runner.scope((tasks) => void tasks.addTask(() => new Promise(() => undefined)).with({ timeout: 5 }));
    await runner.idle();
    expect(runner.stats()).toMatchObject({ succeeded: 2, failed: 1 });
    await runner.scope((tasks) => void tasks.addTask(() => new Promise(() => undefined)));
    const began = realPerformance.now();
    await testing.close();
    // a timer of Node may go off up to a millisecond early
    expect(realPerformance.now() - began).toBeGreaterThan(48);
  });
});
