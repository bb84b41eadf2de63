import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type DynamicModule, Get, Inject, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  NoActiveRequestError,
} from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let constructed: number;

const note = (event: string): void => timeline.mark(event);

beforeEach(() => {
  timeline = new Timeline();
  constructed = 0;
});

@Controller()
class Fails {
  constructor(readonly tasks: BackgroundTasks) {
    constructed++;
  }

  @Get()
  get(): string {
    this.tasks.addTask(() => Promise.reject(new Error('on purpose')));
    this.tasks.addTask(note, 'after the failed one');
    return 'fine';
  }
}

@Injectable()
class Settings {
  createBackgroundTasksOptions(): BackgroundTasksModuleOptions {
    return { onFailure: 'continue' };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

const inDefaultScope = (options: BackgroundTasksModuleOptions = {}): DynamicModule =>
  BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT, ...options });

const scope = Scope.DEFAULT;
const useFactory = (): BackgroundTasksModuleOptions => ({ onFailure: 'continue' });

describe.each(platforms)('on $name, Scope.DEFAULT', (platform) => {
  it.each<[string, () => DynamicModule[]]>([
    ['in forRoot()', () => [inDefaultScope({ onFailure: 'continue' })]],
    ['twice, with the same options', () => [inDefaultScope(useFactory()), inDefaultScope(useFactory())]],
    ['twice, with options once', () => [inDefaultScope(), inDefaultScope(useFactory())]],
    ['beside a factory', () => [BackgroundTasksModule.forRootAsync({ scope, useFactory })]],
    ['beside a class', () => [BackgroundTasksModule.forRootAsync({ scope, useClass: Settings })]],
    [
      'beside an existing provider',
      () => [BackgroundTasksModule.forRootAsync({ scope, imports: [SettingsModule], useExisting: Settings })],
    ],
  ])('stands %s', async (_, imports) => {
    const running = await start(platform, { controllers: [Fails], imports: imports() });
    await request(running, '/');
    await request(running, '/');
    await running.runner.idle();
    expect(timeline.events).toEqual(['after the failed one', 'after the failed one']);
    expect(constructed).toBe(1);
  });
});

describe('Scope.DEFAULT', () => {
  type Import = Type | DynamicModule;
  const compile = (...imports: Import[]) => Test.createTestingModule({ imports }).compile();

  it.each<[string, () => Import[]]>([
    ['before a bare import', () => [inDefaultScope(), BackgroundTasksModule]],
    ['after a bare import', () => [BackgroundTasksModule, inDefaultScope()]],
    [
      'beside Scope.REQUEST',
      () => [inDefaultScope(), BackgroundTasksModule.forRoot({ scope: Scope.REQUEST, onFailure: 'continue' })],
    ],
  ])('does not start %s', async (_, imports) => {
    await expect(compile(...imports())).rejects.toThrow(
      'Cannot provide background tasks: BackgroundTasksModule was imported with `scope: Scope.DEFAULT` and also ' +
        'without it. It serves every module: import it once, in the root module.',
    );
  });

  it('is one of two', () => {
    const wrong = { scope: Scope.TRANSIENT as never, useFactory };
    const message = 'Expected `scope` to be `Scope.REQUEST` or `Scope.DEFAULT`, got `1` (number).';
    expect(() => BackgroundTasksModule.forRoot({ scope: wrong.scope })).toThrow(new TypeError(message));
    expect(() => BackgroundTasksModule.forRootAsync(wrong)).toThrow(new TypeError(message));
  });

  it('cannot come from a factory: Nest has to know it before', async () => {
    const module = BackgroundTasksModule.forRootAsync({ useFactory: () => ({ scope }) as never });
    await expect(compile(module)).rejects.toThrow(
      new TypeError('Expected `scope` to be beside the factory, not in what it returns, got `0` (number).'),
    );
  });

  it('refuses tasks in an application context', async () => {
    @Injectable()
    class Newsletter {
      constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {}
    }

    @Module({ imports: [inDefaultScope()], providers: [Newsletter] })
    class JobsModule {}

    const context = await NestFactory.createApplicationContext(JobsModule, { logger: false, abortOnError: false });
    expect(() => context.get(Newsletter).tasks.addTask(note, 'by a job')).toThrow(NoActiveRequestError);
    await context.close();
  });
});
