import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, type INestApplicationContext, Module, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  BackgroundTasksRunner,
  currentTask,
  NoActiveRequestError,
} from 'nestjs-background-tasks';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { deferred } from '../harness/deferred.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { Timeline } from '../harness/timeline.js';

@Injectable()
class Newsletter {
  constructor(private readonly tasks: BackgroundTasks) {}

  queue(task: () => unknown): void {
    this.tasks.addTask(task);
  }
}

@Module({ imports: [BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT })], providers: [Newsletter] })
class JobsModule {}

let timeline: Timeline;
let logger: RecordingLogger;
let context: INestApplicationContext;
let runner: BackgroundTasksRunner;

const note = (event: string) => (): void => timeline.mark(`${event} after ${currentTask()?.outcome}`);

beforeEach(async () => {
  timeline = new Timeline();
  logger = new RecordingLogger();
  context = await NestFactory.createApplicationContext(JobsModule, { logger, abortOnError: false });
  runner = context.get(BackgroundTasksRunner);
});

afterEach(() => context.close());

describe('scope()', () => {
  it('resolves to what its function returns, and runs the tasks after it, in order', async () => {
    const ended = deferred();
    const result = runner.scope(async (tasks) => {
      tasks.addTask(note('first'));
      await ended.promise;
      tasks.addTask(note('second'));
      timeline.mark('the end');
      return 42;
    });
    ended.resolve();
    await expect(result).resolves.toBe(42);
    await runner.idle();
    expect(timeline.events).toEqual(['the end', 'first after success', 'second after success']);
  });

  it('does not wait for the tasks', async () => {
    const release = deferred();
    await runner.scope((tasks) => tasks.addTask(() => release.promise));
    expect(runner.stats()).toMatchObject({ batches: 1 });
    release.resolve();
    await runner.idle();
    expect(runner.stats()).toMatchObject({ batches: 0, succeeded: 1 });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('on purpose');
      },
    ],
    ['rejects', () => Promise.reject(new Error('on purpose'))],
  ])('is a failure when its function %s, and rejects with the same', async (_, fail) => {
    const failing = runner.scope((tasks) => {
      tasks.addTask(note('for success'));
      tasks.addTask(note('for failure')).with({ runOn: 'failure' });
      return fail();
    });
    await expect(failing).rejects.toThrow('on purpose');
    await runner.idle();
    expect(timeline.events).toEqual(['for failure after failure']);
  });

  it('stops at the first task that fails, and says so', async () => {
    await runner.scope((tasks) => {
      tasks.addTask(() => Promise.reject(new Error('broken'))).with({ name: 'breaks' });
      tasks.addTask(note('never'));
    });
    await runner.idle();
    expect(timeline.events).toEqual([]);
    expect(logger.ofTasks('error')).toHaveLength(1);
  });

  it('runs what is added late', async () => {
    await runner.scope((tasks) => {
      tasks.addTask(() => tasks.addTask(note('late')));
    });
    await runner.idle();
    expect(timeline.events).toEqual(['late after success']);
  });

  it('keeps two of them apart', async () => {
    const release = deferred();
    const slow = runner.scope(async (tasks) => {
      tasks.addTask(note('of the slow one'));
      await release.promise;
    });
    await runner.scope((tasks) => tasks.addTask(note('of the quick one')));
    await timeline.until('of the quick one after success');
    expect(timeline.events).toEqual(['of the quick one after success']);
    release.resolve();
    await slow;
    await runner.idle();
    expect(timeline.events).toEqual(['of the quick one after success', 'of the slow one after success']);
  });

  it('is where tasks with Scope.DEFAULT find theirs, after awaits and within another one', async () => {
    const newsletter = context.get(Newsletter);
    await runner.scope(async () => {
      await runner.scope(async () => {
        await Promise.resolve();
        newsletter.queue(note('of the inner one'));
      });
      await timeline.until('of the inner one after success');
      newsletter.queue(note('of the outer one'));
      expect(timeline.events).toEqual(['of the inner one after success']);
    });
    await runner.idle();
    expect(timeline.events).toEqual(['of the inner one after success', 'of the outer one after success']);
    expect(() => newsletter.queue(note('of none'))).toThrow(NoActiveRequestError);
  });

  it('runs each task in the async context of the code that added it', async () => {
    const storage = new AsyncLocalStorage<string>();
    const tell = (): void => timeline.mark(`in ${storage.getStore()}`);
    await runner.scope((tasks) => {
      storage.run('one', () => tasks.addTask(tell));
      storage.run('two', () => tasks.addTask(tell));
    });
    await runner.idle();
    expect(timeline.events).toEqual(['in one', 'in two']);
  });

  it('is waited for when the application shuts down, and so are its tasks', async () => {
    const release = deferred();
    const work = runner.scope(async (tasks) => {
      await release.promise;
      tasks.addTask(note('added while shutting down'));
    });
    const closing = context.close().then(() => timeline.mark('closed'));
    release.resolve();
    await work;
    await closing;
    expect(timeline.events).toEqual(['added while shutting down after success', 'closed']);
  });

  it('hands its tasks to a CapturingRunner', async () => {
    const module = await Test.createTestingModule({ imports: [JobsModule] })
      .overrideProvider(BackgroundTasksRunner)
      .useClass(CapturingRunner)
      .compile();
    const capturing: CapturingRunner = module.get(BackgroundTasksRunner);
    await capturing.scope(() => module.get(Newsletter).queue(function sendNewsletter() {}));
    expect(capturing.captured.map(({ name }) => name)).toEqual(['sendNewsletter']);
    await module.close();
  });
});
