import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Controller, type DynamicModule, Get, Injectable, Module, Scope } from '@nestjs/common';
import { APP_GUARD, LazyModuleLoader, NestFactory } from '@nestjs/core';
import { BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { RecordingLogger } from '../harness/recording-logger.js';

let made: string[];

beforeEach(() => {
  made = [];
});

@Injectable()
class Mailer {
  constructor(readonly tasks: BackgroundTasks) {
    made.push('service');
  }
}

@Injectable()
class Guard implements CanActivate {
  constructor(private readonly tasks: BackgroundTasks) {
    made.push('guard');
  }

  canActivate(): boolean {
    this.tasks.addTask(() => undefined);
    return true;
  }
}

@Controller()
class SignUp {
  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly mailer: Mailer,
  ) {
    made.push('controller');
  }

  @Get()
  signUp(parameter: BackgroundTasks): string {
    for (const tasks of [this.tasks, this.mailer.tasks, parameter]) tasks.addTask(() => undefined);
    return 'fine';
  }
}

@Module({ providers: [Mailer], exports: [Mailer] })
class MailModule {}

@Module({ imports: [MailModule], controllers: [SignUp] })
class FeatureModule {}

/** A module that hands on what it imports, as one that all others share. */
function handingOn(imported: typeof BackgroundTasksModule | DynamicModule) {
  @Module({ imports: [imported], exports: [BackgroundTasksModule] })
  class SharedModule {}
  return SharedModule;
}

class OwnModule extends BackgroundTasksModule {}

describe.each(platforms)('on $name, a module that exports BackgroundTasksModule', (platform) => {
  describe.each(['before', 'after'])('imported %s those that use it', (place) => {
    const around = (shared: ReturnType<typeof handingOn>) =>
      place === 'before' ? [shared, FeatureModule] : [FeatureModule, shared];

    it('with Scope.DEFAULT makes everything once, whatever comes when', async () => {
      const shared = handingOn(BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT }));
      const providers = [{ provide: APP_GUARD, useClass: Guard }];
      const running = await start(platform, { imports: around(shared), providers });
      for (const path of ['/', '/']) expect((await request(running, path)).status).toBe(200);
      await running.runner.idle();
      expect(running.runner.stats().succeeded).toBe(8);
      expect(made.toSorted()).toEqual(['controller', 'guard', 'service']);
      const lazy = await running.app.get(LazyModuleLoader).load(() => MailModule);
      expect(lazy.get(Mailer).tasks).toBe(running.app.get(BackgroundTasks));
    });

    it.each<[string, () => typeof BackgroundTasksModule | DynamicModule]>([
      ['bare', () => BackgroundTasksModule],
      ['with options', () => BackgroundTasksModule.forRoot({ onFailure: 'continue' })],
      ['with Scope.REQUEST', () => BackgroundTasksModule.forRoot({ scope: Scope.REQUEST })],
      ['with a factory', () => BackgroundTasksModule.forRootAsync({ useFactory: () => ({}) })],
    ])('%s makes what gets tasks for each request', async (_, imported) => {
      const running = await start(platform, { imports: around(handingOn(imported())) });
      for (const path of ['/', '/']) expect((await request(running, path)).status).toBe(200);
      await running.runner.idle();
      expect(running.runner.stats().succeeded).toBe(6);
      expect(made).toHaveLength(4);
    });
  });

  it('may import a class of its own that extends it', async () => {
    const running = await start(platform, { imports: [OwnModule, FeatureModule] });
    expect((await request(running, '/')).status).toBe(200);
    await running.runner.idle();
    expect(running.runner.stats().succeeded).toBe(3);
    expect(running.app.get(OwnModule)).toBeInstanceOf(OwnModule);
  });
});

describe('BackgroundTasksModule', () => {
  it.each([{}, { snapshot: true }, { moduleIdGeneratorAlgorithm: 'deep-hash' as const }])(
    'starts with the options of Nest %j',
    async (options) => {
      const shared = handingOn(BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT }));
      for (const imported of [handingOn(BackgroundTasksModule), shared]) {
        const root = { module: class Root {}, imports: [imported] };
        const context = await NestFactory.createApplicationContext(root, {
          ...options,
          logger: false,
          abortOnError: false,
        });
        expect(context.get(BackgroundTasksRunner)).toBeInstanceOf(BackgroundTasksRunner);
        await context.close();
      }
    },
  );

  it('tells in the log of the start whose modules those are', async () => {
    const logger = new RecordingLogger();
    const root = { module: class Root {}, imports: [BackgroundTasksModule] };
    await (await NestFactory.createApplicationContext(root, { logger })).close();
    const initialized = logger.lines
      .filter(({ context }) => context === 'InstanceLoader')
      .map(({ message }) => message);
    const ours = initialized.filter((message) => !/Root|Internal|Discovery/.test(String(message)));
    expect(ours.length).toBeGreaterThan(2);
    for (const message of ours) expect(message).toMatch(/BackgroundTasks\w*Module/);
  });
});
