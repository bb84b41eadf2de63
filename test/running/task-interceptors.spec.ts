import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Module, type Type } from '@nestjs/common';
import {
  type TaskInterceptor,
  BackgroundTasks,
  BackgroundTasksModule,
  currentTask,
  type TaskContext,
} from 'nestjs-background-tasks';
import { express, platforms, request, type Running, start } from '../harness/application.js';
import { adder } from '../harness/scene.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;

const note = (event: string): void => timeline.mark(event);

beforeEach(() => {
  timeline = new Timeline();
});

@Injectable()
class Clock {
  readonly now = 'noon';
}

@Injectable()
class Outer implements TaskInterceptor {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  async intercept({ name, attempt }: TaskContext, next: () => Promise<void>): Promise<void> {
    note(
      `outer begins ${name} ${attempt} at ${this.clock.now} in ${adder.getStore()}, current: ${currentTask()?.name}`,
    );
    await next();
    note('outer ends');
  }
}

class Inner implements TaskInterceptor {
  async intercept(_: TaskContext, next: () => Promise<void>): Promise<void> {
    note('inner begins');
    try {
      await next();
    } finally {
      note('inner ends');
    }
  }
}

class Throws implements TaskInterceptor {
  async intercept(): Promise<void> {
    await Promise.reject(new Error('no database'));
  }
}

class NeverCalls implements TaskInterceptor {
  async intercept(): Promise<void> {}
}

class CallsTwice implements TaskInterceptor {
  async intercept(_: TaskContext, next: () => Promise<void>): Promise<void> {
    await next();
    await next();
  }
}

class DoesNotAwait implements TaskInterceptor {
  async intercept(_: TaskContext, next: () => Promise<void>): Promise<void> {
    void next();
    await Promise.resolve();
  }
}

class Rescues implements TaskInterceptor {
  async intercept(_: TaskContext, next: () => Promise<void>): Promise<void> {
    await next().catch((error: unknown) => note(`rescued from ${(error as Error).message}`));
  }
}

class Awaits implements TaskInterceptor {
  async intercept(_: TaskContext, next: () => Promise<void>): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await next();
  }
}

class Blocks implements TaskInterceptor {
  async intercept(_: TaskContext, next: () => Promise<void>): Promise<void> {
    block(30);
    await next();
  }
}

function block(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

@Controller()
class Handlers {
  @Get('fine')
  fine(tasks: BackgroundTasks): string {
    adder.run('the adder', () => tasks.addTask(note, 'task').with({ name: 'mail' }));
    tasks.addTask(note, 'next');
    return 'fine';
  }

  @Get('slow')
  slow(tasks: BackgroundTasks): string {
    tasks.addTask(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      note('slow task ends');
    });
    tasks.addTask(note, 'next');
    return 'fine';
  }

  @Get('fails')
  fails(tasks: BackgroundTasks): string {
    tasks
      .addTask(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('boom');
      })
      .with({ name: 'failing' });
    tasks.addTask(note, 'next').with({ name: 'next' });
    return 'fine';
  }

  @Get('blocks')
  blocks(tasks: BackgroundTasks): string {
    tasks.addTask(block, 30);
    tasks.addTask(note, 'next');
    return 'fine';
  }

  @Get('flaky')
  flaky(tasks: BackgroundTasks): string {
    tasks
      .addTask(() => {
        if (currentTask()?.attempt === 1) throw new Error('once');
        note('task');
      })
      .with({ retries: { retries: 1, minTimeout: 0 } });
    return 'fine';
  }
}

@Module({ providers: [Clock], exports: [Clock] })
class ClockModule {}

describe.each(platforms)('interceptors of tasks on $name', (platform) => {
  async function runWith(path: string, ...interceptors: Array<Type<TaskInterceptor>>): Promise<Running> {
    const options = BackgroundTasksModule.forRootAsync({
      imports: [ClockModule],
      useFactory: () => ({ interceptors, slowSyncWarning: 20 }),
    });
    const running = await start(platform, { imports: [options], controllers: [Handlers] });
    await request(running, path);
    await running.runner.idle();
    return running;
  }

  /** What the failed tasks threw, as their lines say it. */
  const errors = (running: Running) =>
    running.logger
      .ofTasks('error')
      .map(({ message }) => / failed: Error: (.*?)( Skipped after it.*)?$/.exec(String(message))?.[1]);

  it('wrap each task, the first outermost, in the context of the task, with their dependencies', async () => {
    await runWith('/fine', Outer, Inner);
    expect(timeline.events).toEqual([
      'outer begins mail 1 at noon in the adder, current: mail',
      'inner begins',
      'task',
      'inner ends',
      'outer ends',
      'outer begins note 1 at noon in undefined, current: note',
      'inner begins',
      'next',
      'inner ends',
      'outer ends',
    ]);
  });

  it('are the instances of the application where it provides them', async () => {
    const spying = { intercept: (_: TaskContext, next: () => Promise<void>) => next().then(() => note('its own')) };
    const running = await start(platform, {
      imports: [BackgroundTasksModule.forRoot({ interceptors: [Throws] })],
      providers: [{ provide: Throws, useValue: spying }],
      controllers: [Handlers],
    });
    await request(running, '/fine');
    await running.runner.idle();
    expect(timeline.events).toEqual(['task', 'its own', 'next', 'its own']);
  });

  it('wrap each attempt', async () => {
    await runWith('/flaky', Inner);
    expect(timeline.events).toEqual(['inner begins', 'inner ends', 'inner begins', 'task', 'inner ends']);
  });

  it.each([[[]], [[Inner]], [[Awaits, Inner]]])(
    'hide no task that blocks the event loop, whether they await something before it or not: %p',
    async (interceptors) => {
      const running = await runWith('/blocks', ...interceptors);
      expect(running.logger.ofTasks('warn').map(({ message }) => message)).toEqual([
        expect.stringContaining('Background task "block" blocked the event loop for '),
      ]);
    },
  );

  it('are not taken for the task where they block it themselves', async () => {
    const running = await runWith('/fine', Blocks);
    expect(running.logger.ofTasks('warn')).toEqual([]);
  });

  it('fail the task when they throw', async () => {
    const running = await runWith('/fine', Throws);
    expect(timeline.events).toEqual([]);
    expect(errors(running)).toEqual(['no database.']);
  });

  it('fail the task when they return without calling next', async () => {
    const running = await runWith('/fine', NeverCalls);
    expect(timeline.events).toEqual([]);
    expect(errors(running)).toEqual([
      'Cannot run `mail`: the interceptor `NeverCalls` returned without calling next(). Call and await it.',
    ]);
  });

  it('cannot run a task twice', async () => {
    const running = await runWith('/fine', CallsTwice);
    expect(timeline.events).toEqual(['task']);
    expect(errors(running)).toEqual([
      'Cannot run `mail`: the interceptor `CallsTwice` called next() twice. Call it once for each attempt.',
    ]);
  });

  it('are waited for even where they do not wait themselves', async () => {
    await runWith('/slow', DoesNotAwait);
    expect(timeline.events).toEqual(['slow task ends', 'next']);
  });

  it('cannot lose a failure that they did not wait for', async () => {
    const running = await runWith('/fails', DoesNotAwait);
    expect(timeline.events).toEqual([]);
    expect(errors(running)).toEqual(['boom.']);
  });

  it('can deal with a failure themselves', async () => {
    const running = await runWith('/fails', Rescues);
    expect(timeline.events).toEqual(['rescued from boom', 'next']);
    expect(errors(running)).toEqual([]);
  });
});

it('an interceptor whose dependencies cannot be resolved stops the start-up', async () => {
  const options = BackgroundTasksModule.forRoot({ interceptors: [Outer] });
  await expect(start(express, { imports: [options] })).rejects.toThrow('Clock');
});
