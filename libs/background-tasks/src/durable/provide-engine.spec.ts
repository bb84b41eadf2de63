import { afterEach, describe, expect, it } from '@jest/globals';
import { Global, Module, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { MemoryEngine } from '../../../../test/harness/memory-engine.js';
import { BackgroundTasksModule } from '../core/module/background-tasks.module.js';
import { Scheduler } from '../core/running/scheduler.js';
import { DurableBatches } from '../core/tasks/durable-batches.js';
import { DurableRuntime } from './durable-runtime.js';
import type { DurableTasksOptions, ResolvedDurableOptions } from './durable.options.js';
import { engineProviders } from './provide-engine.js';

describe('the providers of the module of an engine', () => {
  const engine = new MemoryEngine();
  let testing: TestingModule | undefined;
  let made: ResolvedDurableOptions | undefined;

  afterEach(() => testing?.close());

  function moduleWith(options: DurableTasksOptions & { own?: string }): new () => object {
    @Global()
    @Module({
      providers: [
        { provide: 'OPTIONS', useValue: options },
        ...engineProviders<DurableTasksOptions>(
          {
            module: 'OwnModule',
            engineName: 'the engine',
            defaults: { lease: 8000, checkEvery: 3000, shortestLease: 1, options: ['own'] },
            make: (resolved) => {
              made = resolved;
              return engine;
            },
          },
          'OPTIONS',
          () => OwnModule,
        ),
      ],
      exports: [DurableBatches],
    })
    class OwnModule {}
    return OwnModule;
  }

  const compile = (...imports: NonNullable<ModuleMetadata['imports']>): Promise<TestingModule> =>
    Test.createTestingModule({ imports }).compile();

  it('make the engine with the options, complete, and with its own; they have its batches', async () => {
    testing = await compile(BackgroundTasksModule, moduleWith({ queue: 'mine', own: 'yes' }));
    expect(made).toMatchObject({ queue: 'mine', own: 'yes', hold: 30_000, lease: 8000 });
    const runtime = testing.get(DurableRuntime, { strict: false });
    expect(testing.get(DurableBatches, { strict: false })).toBe(runtime.batches);
    expect(testing.get(Scheduler, { strict: false }).store?.module).toBe('OwnModule');
  });

  it('refuse what is wrong with the options, before the engine is made', async () => {
    made = undefined;
    await expect(compile(BackgroundTasksModule, moduleWith({ hold: 1 }))).rejects.toThrow('Expected `hold` to be');
    expect(made).toBeUndefined();
  });

  it('say what is missing where nothing could have tasks', async () => {
    await expect(compile(moduleWith({}))).rejects.toThrow(
      'Cannot start OwnModule alone: import BackgroundTasksModule, too, in the root module.',
    );
  });
});
