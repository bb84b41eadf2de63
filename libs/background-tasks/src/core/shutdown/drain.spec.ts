import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';
import { clock } from '../batch/clock.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { currentTask } from '../running/current-task.js';
import { Drain } from './drain.js';

type Wait = 'waitForKnown' | 'waitForAll';

describe('the drain', () => {
  let scene: SchedulerScene;
  let drain: Drain;

  beforeEach(() => {
    scene = new SchedulerScene();
    drain = new Drain(scene.scheduler);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const waitAtMost = (shutdownTimeout: number, { scheduler } = scene): void =>
    scheduler.configure({ ...DEFAULT_OPTIONS, shutdownTimeout });

  /** A batch whose task has started and lasts until a test ends it. */
  async function busy(name: string): Promise<ReturnType<SchedulerScene['busy']>> {
    const made = scene.busy(name);
    scene.scheduler.run(made.batch.real);
    await scene.timeline.until(name);
    return made;
  }

  /** Begins a wait, and marks its end. */
  async function wait(method: Wait): Promise<void> {
    await drain[method]();
    scene.timeline.mark('drained');
  }

  /** What was told of the shutdown. */
  const drained = (): unknown[] => scene.recorded.told.filter(({ type }) => type === 'drained');
  const logged = (): unknown[] => scene.logger.ofTasks('error').map(({ message }) => message);
  const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

  it('waits for nothing when nothing is open, and tells that it is done in the end', async () => {
    await drain.waitForKnown();
    expect(drained()).toEqual([]);
    await drain.waitForAll();
    expect(drained()).toEqual([{ type: 'drained', lost: [] }]);
    expect(scene.logger.lines).toEqual([]);
  });

  it.each<[Wait]>([['waitForKnown'], ['waitForAll']])(
    '%s: ends when the tasks have, and leaves no timer',
    async (method) => {
      const { work } = await busy('a');
      const before = timers();
      const waiting = wait(method);
      scene.timeline.mark('work ends');
      work.resolve();
      await waiting;
      expect(scene.timeline.events).toEqual(['a', 'work ends', 'drained']);
      expect(timers()).toBe(before);
      expect(logged()).toEqual([]);
    },
  );

  it.each<[Wait]>([['waitForKnown'], ['waitForAll']])('%s: waits for a handler, too', async (method) => {
    const end = scene.handle(new FakeBatch());
    const { work } = await busy('a');
    const waiting = wait(method);
    work.resolve();
    await scene.runner.idle();
    scene.timeline.mark('handler ends');
    end();
    await waiting;
    expect(scene.timeline.events).toEqual(['a', 'handler ends', 'drained']);
  });

  it('waits for what was known and not for what has come since, while the server is open', async () => {
    const known = await busy('known');
    const waiting = wait('waitForKnown');
    await busy('later');
    known.work.resolve();
    await waiting;
    expect([...scene.open.all]).toHaveLength(1);
    expect(drained()).toEqual([]);
  });

  it('waits also for what has come since, when the server has closed', async () => {
    const first = await busy('first');
    const waiting = wait('waitForAll');
    const second = await busy('second');
    first.work.resolve();
    await scene.open.whenQuiet(first.batch.real);
    scene.timeline.mark('first is done');
    second.work.resolve();
    await waiting;
    expect(scene.timeline.events).toEqual(['first', 'second', 'first is done', 'drained']);
    expect(drained()).toHaveLength(1);
  });

  it('does not wait for a stream while the server is open, but does when it has closed', async () => {
    const { batch, work } = await busy('stream');
    batch.settling.isStreaming = true;
    await wait('waitForKnown');
    const waiting = wait('waitForAll');
    scene.timeline.mark('work ends');
    work.resolve();
    await waiting;
    expect(scene.timeline.events).toEqual(['stream', 'drained', 'work ends', 'drained']);
  });

  it('notices when a response that it waits for becomes a stream', async () => {
    const { batch } = await busy('stream');
    const other = await busy('other');
    const waiting = wait('waitForKnown');
    batch.settling.isStreaming = true;
    other.work.resolve();
    await waiting;
    expect(scene.namesOfRunning).toEqual(['stream']);
    expect(drained()).toEqual([]);
  });

  describe.each<[Wait]>([['waitForKnown'], ['waitForAll']])('when the time is over: %s', (method) => {
    beforeEach(() => {
      waitAtMost(1);
    });

    it('names what still runs and what never started, once', async () => {
      const { batch } = await busy('running');
      scene.add(batch, 'pending');
      await wait(method);
      await drain.waitForKnown();
      await drain.waitForAll();
      expect(drained()).toEqual([{ type: 'drained', lost: ['running', 'pending'] }]);
      expect(logged()).toEqual([
        'Background tasks were not done within the shutdownTimeout of 1 ms, and are lost. ' +
          'Still running: "running". Never started: "pending".',
      ]);
    });

    it('tells what runs why it has to stop, and loses nothing that does', async () => {
      let reason: unknown;
      const batch = scene.add(new FakeBatch(), 'a', () => {
        const signal = currentTask()?.signal;
        return new Promise<void>((resolve) => {
          signal?.addEventListener('abort', () => {
            reason = signal.reason;
            resolve();
          });
        });
      });
      scene.scheduler.run(batch.real);
      await wait(method);
      expect(reason).toBeInstanceOf(DOMException);
      expect(reason).toMatchObject({
        name: 'AbortError',
        message: 'The application shuts down, and has waited 1 ms.',
      });
      expect(drained()).toEqual([{ type: 'drained', lost: [] }]);
      expect(logged()).toEqual([]);
    });
  });

  it.each<[Wait]>([['waitForKnown'], ['waitForAll']])(
    '%s: gives up when the time of all waits together is over, to the millisecond',
    async (method) => {
      let now = 1000;
      jest.spyOn(clock, 'now').mockImplementation(() => now);
      await drain.waitForKnown();
      await busy('a');
      now += DEFAULT_OPTIONS.shutdownTimeout;
      await wait(method);
      expect(drained()).toEqual([{ type: 'drained', lost: ['a'] }]);
    },
  );

  it('waits as long as it takes when there is no limit', async () => {
    waitAtMost(Infinity);
    const { work } = await busy('a');
    const waiting = wait('waitForAll');
    const other = new SchedulerScene();
    other.add(new FakeBatch(), 'never run');
    waitAtMost(5, other);
    // Node makes 1 ms of what its timers cannot wait: by now it would be over
    await new Drain(other.scheduler).waitForAll();
    expect(drained()).toEqual([]);
    work.resolve();
    await waiting;
    expect(drained()).toEqual([{ type: 'drained', lost: [] }]);
  });
});
