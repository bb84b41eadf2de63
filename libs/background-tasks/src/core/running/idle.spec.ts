import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';
import type { Batch } from '../batch/batch.js';
import { Served } from '../calls/served.js';
import { whenIdle } from './idle.js';

let scene: SchedulerScene;
const idle = (options = {}): Promise<void> => whenIdle(scene.scheduler, options);

beforeEach(() => {
  scene = new SchedulerScene();
});

describe('a wait until all is idle', () => {
  it.each([
    [50, 'Expected `options` to be an object, got `50` (number).'],
    [null, 'Expected `options` to be an object, got `null` (null).'],
    [{ timout: 50 }, 'Expected `options` to be made of `timeout`'],
    [{ timeout: -1 }, 'Expected `timeout` to be milliseconds from 0, got `-1` (number).'],
    [{ timeout: NaN }, 'Expected `timeout` to be milliseconds from 0, got `NaN` (number).'],
    [{ timeout: '50' }, "Expected `timeout` to be milliseconds from 0, got `'50'` (string)."],
  ])('rejects for what is no option: %j', async (options, message) => {
    const waiting = idle(options as object);
    await expect(waiting).rejects.toThrow(TypeError);
    await expect(waiting).rejects.toThrow(message);
  });

  it.each([[{}], [{ timeout: undefined }], [{ timeout: 0 }], [{ timeout: 60_000 }], [{ timeout: Infinity }]])(
    'resolves where there is nothing to wait for: %j',
    async (options) => {
      await expect(idle(options)).resolves.toBeUndefined();
    },
  );

  it('is one promise for all who ask without a limit', () => {
    scene.busy('a');
    expect(idle()).toBe(idle());
    expect(idle({ timeout: Infinity })).toBe(idle());
  });

  it('resolves within its limit, and leaves no timer', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    const { batch, work } = scene.busy('a');
    scene.scheduler.run(batch.real);
    const waiting = idle({ timeout: 60_000 });
    expect(timers()).toBe(before + 1);
    work.resolve();
    await expect(waiting).resolves.toBeUndefined();
    expect(timers()).toBe(before);
  });

  it('rejects at its limit, and names what it waits for and nothing else', async () => {
    const { batch } = scene.busy('running');
    scene.add(batch, 'pending');
    scene.scheduler.run(batch.real);
    const handled = scene.add(new FakeBatch(), 'of a handler');
    scene.handle(handled);
    const waiting = idle({ timeout: 1 });
    scene.busy('later');
    await expect(waiting).rejects.toMatchObject({
      name: 'NotIdleError',
      message:
        'Cannot wait for the background tasks any longer: they were not idle within 1 ms. ' +
        'Running: "running". Waiting: "pending", "of a handler". In flight: 1 handler.',
    });
  });

  it('leaves nothing behind when it has rejected', async () => {
    const { batch } = scene.busy('a');
    const onceFinished = jest.spyOn(scene.open.unfinished, 'onceFinished');
    await expect(idle({ timeout: 0 })).rejects.toThrow('Waiting: "a".');
    const callback = jest.fn(onceFinished.mock.calls[0]?.[0]);
    scene.open.unfinished.delete(batch.real);
    scene.open.unfinished.endWaits();
    await turn();
    expect(callback).not.toHaveBeenCalled();
  });
});

describe('a wait for itself', () => {
  /** What a wait within `call` rejects with. */
  const within = (served: Served): Promise<unknown> =>
    scene.scheduler.application.currentCall.enter(served, async () => {
      try {
        await idle();
        return 'idle';
      } catch (error) {
        return (error as Error).message;
      }
    });

  class Request extends Served {
    readonly existingBatch: Batch;
    readonly batch: Batch;

    constructor(batch: FakeBatch) {
      super(scene.scheduler.application.currentCall);
      this.batch = this.existingBatch = batch.real;
    }
  }

  it('is refused in a task', async () => {
    const batch = new FakeBatch();
    let thrown: unknown;
    scene.add(batch, 'a', async () => {
      thrown = await idle().catch((error: unknown) => error);
    });
    scene.scheduler.run(batch.real);
    await idle();
    expect(thrown).toMatchObject({
      name: 'WaitsForItselfError',
      message: expect.stringMatching(/^Cannot wait until .* called in the background task `a`, which .* add a task /),
    });
  });

  it('is refused in a call at work, whether or not it has a task yet, and in one that it makes', async () => {
    const { application } = scene.scheduler;
    const outer = new FakeCall(new FakeBatch().real, application);
    expect(await within(outer)).toContain('called in scope(), or the handler of a message or a resolver');
    const inner = outer.within(() => new FakeCall(new FakeBatch().real, application));
    inner.end('completed');
    expect(await within(inner)).toContain('called in scope()');
    outer.end('completed');
    expect(await within(inner)).toBe('idle');
  });

  it('is refused for a request with tasks until it has settled', async () => {
    const batch = new FakeBatch();
    const settling = Object.assign(batch.settling, { settlement: undefined as object | undefined });
    const request = new Request(batch);
    expect(await within(request)).toBe('idle');
    scene.add(batch, 'a');
    expect(await within(request)).toContain('called in an HTTP handler that has background tasks');
    settling.settlement = {};
    scene.scheduler.run(batch.real);
    expect(await within(request)).toBe('idle');
  });
});
