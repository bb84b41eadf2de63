import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type DynamicModule, Get, Injectable, Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  BackgroundTasksRunner,
  type TaskContext,
  type TaskInterceptor,
} from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;

const note = (event: string): void => timeline.mark(event);

beforeEach(() => {
  timeline = new Timeline();
});

@Controller()
class Handlers {
  constructor(private readonly own: BackgroundTasks) {}

  @Get('fine')
  fine(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'one');
    this.own.addTask(note, 'two');
    return 'fine';
  }

  @Get('fails')
  fails(tasks: BackgroundTasks): string {
    tasks.addTask(() => Promise.reject(new Error('on purpose')));
    tasks.addTask(note, 'after the failed one');
    return 'fine';
  }
}

@Module({ controllers: [Handlers] })
class FeatureModule {}

@Injectable()
class Settings {
  createBackgroundTasksOptions(): BackgroundTasksModuleOptions {
    return { onFailure: 'continue' };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

type Import = Type | DynamicModule;

describe.each(platforms)('BackgroundTasksModule on $name', (platform) => {
  it.each<[string, () => Import[]]>([
    ['bare', () => [BackgroundTasksModule]],
    ['with forRoot()', () => [BackgroundTasksModule.forRoot()]],
    ['with forRoot({})', () => [BackgroundTasksModule.forRoot({})]],
    ['with forRootAsync()', () => [BackgroundTasksModule.forRootAsync({ useFactory: () => ({}) })]],
    ['twice', () => [BackgroundTasksModule.forRoot(), BackgroundTasksModule.forRoot()]],
    ['bare and configured', () => [BackgroundTasksModule, BackgroundTasksModule.forRoot({ onFailure: 'continue' })]],
  ])('serves modules that do not import it, and runs each task once, when imported %s', async (_, imports) => {
    const running = await start(platform, { imports: [FeatureModule, ...imports()] });
    await request(running, '/fine');
    await running.runner.idle();
    expect(timeline.events).toEqual(['one', 'two']);
  });

  it.each<[string, () => Import]>([
    ['forRoot', () => BackgroundTasksModule.forRoot({ onFailure: 'continue' })],
    [
      'forRootAsync with a factory',
      () =>
        BackgroundTasksModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: (settings: Settings) => Promise.resolve(settings.createBackgroundTasksOptions()),
        }),
    ],
    ['forRootAsync with a class', () => BackgroundTasksModule.forRootAsync({ useClass: Settings })],
    [
      'forRootAsync with an existing provider',
      () => BackgroundTasksModule.forRootAsync({ imports: [SettingsModule], useExisting: Settings }),
    ],
  ])('takes its options from %s', async (_, configured) => {
    const running = await start(platform, { imports: [FeatureModule, configured()] });
    await request(running, '/fails');
    await running.runner.idle();
    expect(timeline.events).toEqual(['after the failed one']);
  });
});

describe('BackgroundTasksModule', () => {
  const compile = (...imports: Import[]) => Test.createTestingModule({ imports }).compile();
  const compileWith = async (options: unknown) =>
    compile(BackgroundTasksModule.forRoot(options as BackgroundTasksModuleOptions));

  it.each<[unknown, string]>([
    [{ onFailure: 'go on' }, "Expected `onFailure` to be `stop` or `continue`, got `'go on'` (string)."],
    [
      { onfailure: 'stop' },
      "Expected `options` to be made of `onFailure`, `defaults`, `concurrency`, `maxPending`, `shutdownTimeout`, `slowSyncWarning`, `interceptors`, `bind`, `waitUntil`, `scope`, got `{ onfailure: 'stop' }` (object). There is no `onfailure`. Did you mean `onFailure`?",
    ],
    [null, 'Expected `options` to be an object, got `null` (null).'],
    [{ onFailure: null }, 'Expected `onFailure` to be `stop` or `continue`, got `null` (null).'],
    [{ defaults: null }, 'Expected `defaults` to be an object, got `null` (null).'],
    [
      { defaults: { retries: { shouldRetry: 'yes' } } },
      "Expected `defaults.retries.shouldRetry` to be a function, got `'yes'` (string).",
    ],
    [
      { defaults: { runOn: 'sucess' } },
      "Expected `defaults.runOn` to be `success`, `failure` or `always`, got `'sucess'` (string).",
    ],
    [
      { defaults: { name: 'all the same' } },
      "Expected `defaults` to be without `name`, which is for one task, got `{ name: 'all the same' }` (object).",
    ],
    [{ defaults: 'always' }, "Expected `defaults` to be an object, got `'always'` (string)."],
    [
      { defaults: { retry: 3 } },
      'Expected `defaults` to be made of `runOn`, `timeout`, `retries`, got `{ retry: 3 }` (object). There is no `retry`. Did you mean `retries`?',
    ],
    [{ concurrency: 0 }, 'Expected `concurrency` to be a whole number above 0, got `0` (number).'],
    [{ concurrency: 2.5 }, 'Expected `concurrency` to be a whole number above 0, got `2.5` (number).'],
    [{ maxPending: 0 }, 'Expected `maxPending` to be a whole number above 0, got `0` (number).'],
    [{ maxPending: '9' }, "Expected `maxPending` to be a whole number above 0, got `'9'` (string)."],
    [{ shutdownTimeout: -1 }, 'Expected `shutdownTimeout` to be milliseconds from 0, got `-1` (number).'],
    [{ slowSyncWarning: NaN }, 'Expected `slowSyncWarning` to be milliseconds from 0, got `NaN` (number).'],
    [{ defaults: { timeout: 0 } }, 'Expected `defaults.timeout` to be milliseconds above 0, got `0` (number).'],
    [{ interceptors: 'Tracing' }, "Expected `interceptors` to be an array of classes, got `'Tracing'` (string)."],
    [{ interceptors: [{}] }, 'Expected `interceptors[0]` to be a class, for Nest to resolve, got `{}` (object).'],
  ])('does not start with wrong options: %j', async (options, message) => {
    await expect(compileWith(options)).rejects.toThrow(new TypeError(message));
  });

  it.each([
    [class NoInterceptor {}, 'got `NoInterceptor {}` (object)'],
    [
      function build(): object {
        return {};
      },
      'got `{}` (object)',
    ],
  ])('does not start with an interceptor that cannot intercept: %p', async (type, got) => {
    const module = await compileWith({ interceptors: [type] });
    await expect(module.init()).rejects.toThrow(
      `Expected \`interceptors[0]\` to be a class whose instances have \`intercept()\`, ${got}.`,
    );
  });

  it('starts with an interceptor whose `intercept` is a field', async () => {
    class Field implements TaskInterceptor {
      readonly intercept = (_: TaskContext, next: () => Promise<void>): Promise<void> => next();
    }
    const module = await compileWith({ interceptors: [Field] });
    await expect(module.init()).resolves.toBe(module);
    await module.close();
  });

  it.each([
    ['a factory', { useFactory: () => undefined }],
    ['an async factory', { useFactory: () => Promise.resolve(undefined) }],
    [
      'a class',
      {
        useClass: class Forgetful {
          createBackgroundTasksOptions(): void {}
        },
      },
    ],
  ])('does not start where %s returns no options', async (_, options) => {
    await expect(compile(BackgroundTasksModule.forRootAsync(options as never))).rejects.toThrow(
      new TypeError('Expected `options` to be an object, got `undefined` (undefined).'),
    );
  });

  it('does not start with options from a factory that are wrong', async () => {
    const module = BackgroundTasksModule.forRootAsync({ useFactory: () => ({ onFailure: 1 }) as never });
    await expect(compile(module)).rejects.toThrow('Expected `onFailure` to be `stop` or `continue`, got `1` (number).');
  });

  it('treats an option that is undefined as not given', async () => {
    const module = await compileWith({ onFailure: undefined, defaults: undefined });
    expect(module.get(BackgroundTasksRunner)).toBeInstanceOf(BackgroundTasksRunner);
  });

  it('does not start with two different sets of options', async () => {
    const imports = [
      BackgroundTasksModule.forRoot({ onFailure: 'continue' }),
      BackgroundTasksModule.forRoot({ onFailure: 'stop' }),
    ];
    await expect(compile(...imports)).rejects.toThrow(
      'Cannot configure background tasks: BackgroundTasksModule was imported with two different sets of options.',
    );
  });

  it('starts with the same options twice', async () => {
    const imports = [
      BackgroundTasksModule.forRoot({ onFailure: 'continue' }),
      BackgroundTasksModule.forRoot({ onFailure: 'continue' }),
    ];
    expect((await compile(...imports)).get(BackgroundTasksRunner)).toBeInstanceOf(BackgroundTasksRunner);
  });

  it('has one runner, however often it is imported', async () => {
    const module = await compile(
      BackgroundTasksModule,
      BackgroundTasksModule.forRoot(),
      BackgroundTasksModule.forRoot(),
    );
    const runners = module.get(BackgroundTasksRunner, { strict: false, each: true });
    expect(runners).toHaveLength(1);
  });
});
