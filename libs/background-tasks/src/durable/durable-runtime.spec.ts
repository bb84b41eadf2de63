import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { DurableScene } from '../../../../test/harness/durable-scene.js';
import { turn } from '../core/batch/clock.js';
import { DurableLog } from './durable-log.js';
import { DurableRuntime } from './durable-runtime.js';
import { resolveDurableOptions, type DurableTasksOptions } from './durable.options.js';
import { refuseScopedProviders } from './refusals.js';

const ENGINE = { lease: 8000, checkEvery: 3000, shortestLease: 1, options: [] };

describe('the durable half of an application', () => {
  let scene: DurableScene;

  beforeEach(() => {
    scene = new DurableScene();
    delete scene.scheduler.store;
  });

  afterEach(() => scene.close());

  function runtimeOf(options: DurableTasksOptions = {}, module = 'MemoryTasksModule'): DurableRuntime {
    const { scheduler, engine } = scene;
    const setup = { module, engineName: 'the memory', engine, log: new DurableLog() };
    return new DurableRuntime(scheduler, { ...setup, options: resolveDurableOptions(options, ENGINE) });
  }

  async function started(options?: DurableTasksOptions): Promise<DurableRuntime> {
    const runtime = runtimeOf(options);
    await runtime.onModuleInit();
    await runtime.onApplicationBootstrap();
    return runtime;
  }

  it('takes tasks in from the beginning, and stores them once it has connected', async () => {
    const runtime = runtimeOf();
    const served = scene.serve();
    served.add('early');
    const storing = served.store();
    await turn();
    expect(scene.calls).toEqual([]);
    await runtime.onModuleInit();
    await storing;
    expect(scene.calls).toEqual(['start', 'submit']);
    expect(scene.mails).toEqual([['early after success']]);
  });

  it('connects before what wraps storing is made, and claims when everything is there', async () => {
    const order: string[] = [];
    scene.scheduler.wrapIn(async () => {
      order.push(...scene.calls, 'interceptors');
      return [];
    });
    await started();
    expect([...order, ...scene.calls]).toEqual(['start', 'interceptors', 'start', 'consume']);
  });

  it('runs what is stored, and has its batches', async () => {
    const sent = deferred<string>();
    scene.mailer.does = (to) => sent.resolve(to);
    const { batches } = await started();
    const served = scene.serve();
    served.add('a');
    await served.succeed();
    expect(await sent.promise).toBe('a');
    const id = scene.engine.calls.find(({ method }) => method === 'submit')?.id ?? '';
    await scene.engine.store.until(id, 'completed');
    expect(await batches.get(id)).toMatchObject({ id, tasks: ['mail.send'], cursor: 1 });
  });

  it('runs nothing where it is no worker, and says so', async () => {
    await started({ worker: false, queue: 'own' });
    expect(scene.calls).toEqual(['start']);
    expect(scene.lines('log')).toEqual([
      'Durable tasks are stored in the queue "own", and other processes run them: `worker` is false.',
    ]);
  });

  it('claims nothing any more once the drain begins, and says so once', async () => {
    await started();
    scene.scheduler.beginDraining();
    scene.scheduler.beginDraining();
    expect(scene.calls).toEqual(['start', 'consume', 'stopClaiming']);
  });

  it('has nothing to stop claiming where it is no worker', async () => {
    await started({ worker: false });
    scene.scheduler.beginDraining();
    expect(scene.calls).toEqual(['start']);
  });

  it('does not begin to claim where the drain has begun before', async () => {
    const runtime = runtimeOf();
    await runtime.onModuleInit();
    scene.scheduler.beginDraining();
    await runtime.onApplicationBootstrap();
    expect(scene.calls).toEqual(['start']);
  });

  it('lets go of its connections in the end, and tries nothing any more', async () => {
    const runtime = await started({ worker: false });
    const served = scene.serve();
    served.end();
    scene.engine.before = ({ method }) =>
      method === 'submit' ? Promise.reject(new Error('out of reach')) : Promise.resolve();
    served.add('late');
    await scene.engine.until('submit');
    await runtime.onApplicationShutdown();
    await scene.idle();
    expect(scene.calls.slice(-2)).toEqual(['stopClaiming', 'close']);
    expect(scene.lines('error')).toEqual([expect.stringContaining('could not be stored')]);
  });

  it('needs no engine where tasks are captured', async () => {
    const runtime = runtimeOf();
    delete scene.scheduler.store;
    await runtime.onModuleInit();
    await runtime.onApplicationBootstrap();
    await runtime.onApplicationShutdown();
    expect(scene.calls).toEqual([]);
  });

  it('does not start where the engine is out of reach, closes it, and says what to look at', async () => {
    const runtime = runtimeOf();
    scene.engine.down = true;
    await expect(runtime.onModuleInit()).rejects.toMatchObject({
      message:
        'MemoryTasksModule cannot reach the memory: Error: The store is out of reach. Check its option `connection`, and that the server runs.',
      cause: new Error('The store is out of reach.'),
    });
    expect(scene.calls).toEqual(['start', 'stopClaiming', 'close']);
    await runtime.onApplicationBootstrap();
    await runtime.onApplicationShutdown();
    expect(scene.calls).toEqual(['start', 'stopClaiming', 'close']);
  });

  it('does not start, in time, where the engine does not answer', async () => {
    scene.engine.hanging = true;
    await expect(runtimeOf({ startTimeout: 20 }).onModuleInit()).rejects.toThrow(
      'MemoryTasksModule cannot reach the memory: Error: it has not answered within 20 ms. Check',
    );
  });

  it('refuses a second engine, of the same module or of another', () => {
    runtimeOf();
    expect(() => runtimeOf()).toThrow('Cannot import MemoryTasksModule twice: durable tasks are stored by one engine.');
    expect(() => runtimeOf({}, 'OtherTasksModule')).toThrow(
      'Cannot import MemoryTasksModule and OtherTasksModule: durable tasks are stored by one engine.',
    );
  });

  it('refuses durable methods of what is made for each request', async () => {
    const method = { provided: { name: 'Scoped', instance: {}, isShared: false }, key: 'send' };
    const shared = { provided: { name: 'Shared', instance: {}, isShared: true }, key: 'send' };
    const names = scene.scheduler.durableNames;
    Object.defineProperty(names, 'methods', { get: () => [shared, method] });
    await expect(runtimeOf().onModuleInit()).rejects.toThrow(
      'Cannot make `Scoped.send` a durable task, which MemoryTasksModule would have run by a worker: `Scoped` is ' +
        'request-scoped or transient, or depends on something that is, such as BackgroundTasks. Pass what the task needs of ' +
        'the request as arguments, or import BackgroundTasksModule with `scope: Scope.DEFAULT`.',
    );
    expect(scene.calls).toEqual([]);
    expect(() => refuseScopedProviders([shared], 'MemoryTasksModule')).not.toThrow();
  });
});
