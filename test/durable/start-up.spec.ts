import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Module, type ModuleMetadata, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BackgroundTasks, BackgroundTasksModule, DurableBatches, DurableTask } from 'nestjs-background-tasks';
import { MemoryEngine } from '../harness/memory-engine.js';
import { MemoryTasksModule, type MemoryTasksModuleOptions } from '../harness/memory-tasks.module.js';
import { RecordingLogger } from '../harness/recording-logger.js';

@Injectable()
class Mailer {
  @DurableTask('mail.start')
  send(): void {}
}

@Injectable({ scope: Scope.REQUEST })
class RequestScoped {
  @DurableTask('scoped.request')
  send(): void {}
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  @DurableTask('scoped.transient')
  send(): void {}
}

@Injectable()
class Dependant {
  constructor(readonly tasks: BackgroundTasks) {}

  @DurableTask('scoped.dependant')
  send(): void {}
}

@Controller()
class Reports {
  @DurableTask('mail.start')
  report(): void {}
}

class Heir extends Mailer {}

let engine: MemoryEngine;
let logger: RecordingLogger;

beforeEach(() => {
  engine = new MemoryEngine();
  logger = new RecordingLogger();
});

async function start(metadata: ModuleMetadata): Promise<void> {
  const testing = await Test.createTestingModule(metadata).setLogger(logger).compile();
  await testing.init();
  await testing.close();
}

const memory = (options: Partial<MemoryTasksModuleOptions> | Record<string, unknown> = {}) =>
  MemoryTasksModule.forRoot({ engine, ...options });

describe('an application with durable tasks', () => {
  it.each<[string, ModuleMetadata['providers'], RegExp]>([
    [
      'a request-scoped provider',
      [RequestScoped],
      /`RequestScoped\.send`.*MemoryTasksModule.*`RequestScoped` is request-scoped/,
    ],
    ['a transient one', [Transient], /`Transient\.send`/],
    ['one that depends on a request', [Dependant], /`Dependant\.send`.*such as BackgroundTasks.*Scope\.DEFAULT/],
  ])('does not start where they are of %s', async (_, providers, message) => {
    await expect(start({ imports: [BackgroundTasksModule, memory()], providers })).rejects.toThrow(message);
    expect(engine.calls).toEqual([]);
  });

  it('starts where what they depend on finds the request by itself', async () => {
    const tasks = BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT });
    await start({ imports: [tasks, memory()], providers: [Dependant] });
    expect(engine.calls.slice(0, 2)).toEqual([{ method: 'start' }, { method: 'consume' }]);
  });

  it.each<[string, ModuleMetadata]>([
    ['a provider and a controller', { providers: [Mailer], controllers: [Reports] }],
    ['a class and its heir', { providers: [Mailer, Heir] }],
  ])('does not start where two methods have one name, with or without an engine: %s', async (_, metadata) => {
    const both = /`Mailer\.send` and `\w+\.\w+` are both the durable task `mail\.start`/;
    await expect(start({ imports: [BackgroundTasksModule], ...metadata })).rejects.toThrow(both);
    await expect(start({ imports: [BackgroundTasksModule, memory()], ...metadata })).rejects.toThrow(both);
  });

  it('starts where one class is provided twice', async () => {
    @Module({ providers: [Mailer] })
    class Other {}
    await start({
      imports: [BackgroundTasksModule, memory(), Other],
      providers: [Mailer, { provide: 'alias', useExisting: Mailer }],
    });
    expect(engine.calls[0]).toEqual({ method: 'start' });
  });

  it('does not start with two engines, or one without BackgroundTasksModule', async () => {
    await expect(start({ imports: [BackgroundTasksModule, memory(), memory({ queue: 'other' })] })).rejects.toThrow(
      'Cannot import MemoryTasksModule twice',
    );
    await expect(start({ imports: [memory()] })).rejects.toThrow('import BackgroundTasksModule, too');
  });

  it.each<[object, string]>([
    [{ hold: 3_000 }, 'Expected `hold` to be at least twice `submitTimeout`, 4000 ms, got `3000` (number).'],
    [{ hold: '1s' }, "Expected `hold` to be milliseconds above 0, got `'1s'` (string)."],
    [{ submitTimeout: 0 }, 'Expected `submitTimeout` to be milliseconds above 0'],
    [{ submitTimeout: Infinity }, 'Expected `submitTimeout` to be'],
    [{ concurrency: 0 }, 'Expected `concurrency` to be a whole number above 0'],
    [{ maxCrashes: 1.5 }, 'Expected `maxCrashes` to be'],
    [{ maxPayload: -1 }, 'Expected `maxPayload` to be'],
    [{ lease: 0.5 }, 'Expected `lease` to be'],
    [{ worker: 'no' }, 'Expected `worker` to be `true` or `false`'],
    [{ queue: 'a b' }, 'Expected `queue` to be a name'],
    [{ carry: {} }, 'Expected `carry` to be a function'],
    [{ keepCompleted: 5 }, 'Expected `keepCompleted` to be an object'],
    [{ keepFailed: { age: 0 } }, 'Expected `keepFailed.age` to be'],
    [{ keepFailed: { ages: 1 } }, 'Did you mean `age`?'],
    [{ defaults: { runOn: 'always' } }, 'without `runOn`'],
    [{ defaults: { timeout: 0 } }, 'Expected `defaults.timeout` to be'],
    [{ defaults: { retries: { shouldRetry: () => true } } }, '`retries.shouldRetry`'],
    [{ submitTimout: 1 }, 'Did you mean `submitTimeout`?'],
  ])('does not start with %j', async (options, message) => {
    await expect(start({ imports: [BackgroundTasksModule, memory({ ...options })] })).rejects.toThrow(message);
  });

  it.each<[string, () => void]>([
    ['out of reach', () => (engine.down = true)],
    ['hanging', () => (engine.hanging = true)],
  ])('does not start where the engine is %s, and says which', async (_, fail) => {
    fail();
    const starting = start({ imports: [BackgroundTasksModule, memory({ startTimeout: 20 })] });
    await expect(starting).rejects.toThrow(/^MemoryTasksModule cannot reach the memory: Error: .*`connection`/);
    expect(engine.calls.at(-1)).toEqual({ method: 'close' });
  });

  it('runs nothing where it is no worker, and says so', async () => {
    await start({ imports: [BackgroundTasksModule, memory({ worker: false })], providers: [Mailer] });
    expect(engine.calls.map(({ method }) => method)).not.toContain('consume');
    expect(logger.ofTasks('log').map(({ message }) => message)).toEqual([expect.stringContaining('`worker` is false')]);
  });

  it('says where they are not stored, in one line, and only there', async () => {
    await start({ imports: [BackgroundTasksModule], providers: [Mailer] });
    expect(logger.ofTasks('log').map(({ message }) => message)).toEqual([
      expect.stringContaining('are not stored ("mail.start"): no engine is imported'),
    ]);
    logger.lines.length = 0;
    await start({ imports: [BackgroundTasksModule] });
    await start({ imports: [BackgroundTasksModule, memory()], providers: [Mailer] });
    expect(logger.ofTasks('log')).toEqual([]);
  });

  it('has DurableBatches wherever an engine is imported', async () => {
    @Injectable()
    class Operator {
      constructor(readonly batches: DurableBatches) {}
    }
    await start({ imports: [BackgroundTasksModule, memory()], providers: [Operator] });
    await expect(start({ imports: [BackgroundTasksModule], providers: [Operator] })).rejects.toThrow('DurableBatches');
  });
});
