import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DynamicModule, Inject, Injectable, Module, type OnModuleInit, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasksModule,
  BackgroundTasksRunner,
  type TaskContext,
  type TaskInterceptor,
} from 'nestjs-background-tasks';
import { platforms, start } from '../harness/application.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;

beforeEach(() => {
  timeline = new Timeline();
});

class Timing implements TaskInterceptor {
  readonly isMade = true;

  async intercept({ name }: TaskContext, next: () => Promise<void>): Promise<void> {
    if (this.isMade) timeline.mark(`${name} is wrapped`);
    await next();
  }
}

const seed = (runner: BackgroundTasksRunner, name: string): Promise<void> =>
  runner.scope((tasks) => void tasks.addTask(() => timeline.mark(`${name} runs`)).with({ name }));

@Injectable()
class Seeder implements OnModuleInit {
  constructor(@Inject(BackgroundTasksRunner) private readonly runner: BackgroundTasksRunner) {}

  async onModuleInit(): Promise<void> {
    await seed(this.runner, 'seed');
    await this.runner.idle();
  }
}

@Injectable()
class Impatient {
  constructor(@Inject(BackgroundTasksRunner) runner: BackgroundTasksRunner) {
    void seed(runner, 'seed');
  }
}

const moduleOf = (provider: Type, global: boolean): DynamicModule => {
  @Module({ providers: [provider] })
  class SeedModule {}
  return { module: SeedModule, global };
};

@Module({ providers: [Timing], exports: [Timing] })
class TimingModule {}

const tasks = BackgroundTasksModule.forRoot({ interceptors: [Timing] });
const later = BackgroundTasksModule.forRootAsync({
  useFactory: async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return { interceptors: [Timing] };
  },
});

/** When tasks are run, and what imports the module that runs them. */
const seeds: Array<[string, DynamicModule['imports']]> = [
  ['onModuleInit of a module before ours', [moduleOf(Seeder, false), tasks]],
  ['onModuleInit of a module after ours', [tasks, moduleOf(Seeder, false)]],
  ['onModuleInit of a global module before ours', [moduleOf(Seeder, true), tasks]],
  ['onModuleInit, where the application provides them', [moduleOf(Seeder, true), TimingModule, tasks]],
  ['onModuleInit, where a factory makes the options', [moduleOf(Seeder, true), later]],
  ['a constructor', [tasks, moduleOf(Impatient, false)]],
  ['a constructor, where the application provides them', [moduleOf(Impatient, false), tasks, TimingModule]],
];

describe.each(seeds)('interceptors wrap tasks that are run in %s', (_, imports) => {
  it.each(platforms)('on $name', async (platform) => {
    const running = await start(platform, { imports: imports ?? [] });
    await running.runner.idle();
    expect(timeline.events).toEqual(['seed is wrapped', 'seed runs']);
  });

  it('without a platform', async () => {
    const testing = await Test.createTestingModule({ imports: imports ?? [] })
      .setLogger(new RecordingLogger())
      .compile();
    await testing.init();
    await testing.get(BackgroundTasksRunner).idle();
    expect(timeline.events).toEqual(['seed is wrapped', 'seed runs']);
    await testing.close();
  });
});
