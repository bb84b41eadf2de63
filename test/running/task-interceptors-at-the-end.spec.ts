import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type Type } from '@nestjs/common';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  currentTask,
  type TaskContext,
  type TaskInterceptor,
} from 'nestjs-background-tasks';
import { platforms, request, type Running, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';
import { unhandledRejections } from '../harness/unhandled-rejections.js';

type Next = () => Promise<void>;

let timeline: Timeline;
/** What the tasks of a test wait for. */
let work: Deferred;
/** What a test lets its interceptor go on with. */
let held: Deferred;
/** What the handler of the test at hand does. */
let handle: (tasks: BackgroundTasks) => void;

const note = (event: string): void => timeline.mark(event);

beforeEach(() => {
  timeline = new Timeline();
  work = deferred();
  held = deferred();
});

/** Listens to no signal. */
async function deaf(): Promise<void> {
  note(`task, attempt ${currentTask()?.attempt}`);
  await work.promise;
  note(`task ends, current: ${currentTask()?.name}`);
}

class Span implements TaskInterceptor {
  async intercept({ attempt }: TaskContext, next: Next): Promise<void> {
    try {
      await next();
      note(`span ${attempt} ends`);
    } catch (error) {
      note(`span ${attempt} ends by ${(error as Error).name}, current: ${currentTask()?.name}`);
      throw error;
    }
  }
}

class Rescues implements TaskInterceptor {
  async intercept(_: TaskContext, next: Next): Promise<void> {
    await next().catch(() => note('rescued'));
  }
}

class CallsLate implements TaskInterceptor {
  async intercept(_: TaskContext, next: Next): Promise<void> {
    await held.promise;
    await next().catch((error: unknown) => note(`refused by ${(error as Error).name}`));
    note('called');
  }
}

class KeepsNext implements TaskInterceptor {
  async intercept(_: TaskContext, next: Next): Promise<void> {
    void held.promise.then(next).catch((error: unknown) => note((error as Error).message));
    await Promise.resolve();
  }
}

class Ignores implements TaskInterceptor {
  async intercept(_: TaskContext, next: Next): Promise<void> {
    void next();
    await deferred().promise;
  }
}

class Changing implements TaskInterceptor {
  static enabled = true;

  get isEnabled(): boolean {
    return Changing.enabled;
  }

  async intercept(_: TaskContext, next: Next): Promise<void> {
    note('wrapped');
    await next();
  }
}

@Controller()
class Handlers {
  @Get()
  get(tasks: BackgroundTasks): string {
    handle(tasks);
    return 'fine';
  }
}

describe.each(platforms)('the end of an attempt within interceptors, on $name,', (platform) => {
  async function begin(
    interceptors: Array<Type<TaskInterceptor>>,
    handler: typeof handle,
    options: BackgroundTasksModuleOptions = {},
  ): Promise<Running> {
    handle = handler;
    const running = await start(platform, {
      imports: [BackgroundTasksModule.forRoot({ interceptors, ...options })],
      controllers: [Handlers],
    });
    await request(running, '/');
    return running;
  }

  const errors = (running: Running): unknown[] => running.logger.ofTasks('error').map(({ message }) => message);
  const limited =
    (options = {}) =>
    (tasks: BackgroundTasks): void => {
      tasks.addTask(deaf).with({ timeout: 5, ...options });
      tasks.addTask(note, 'next').with({ name: 'next' });
    };

  it('is its timeout, for each of them: what next() returned rejects, and the task is still the current one', async () => {
    const running = await begin([Span, Span], limited());
    await running.runner.idle();
    await turn();
    expect(timeline.events).toEqual([
      'task, attempt 1',
      'span 1 ends by TimeoutError, current: deaf',
      'span 1 ends by TimeoutError, current: deaf',
    ]);
    expect(errors(running)).toEqual([expect.stringMatching(/^Background task "deaf" failed/)]);
    work.resolve();
    await timeline.until('task ends, current: deaf');
    expect(running.runner.stats()).toMatchObject({ succeeded: 0, failed: 1, skipped: 1 });
  });

  it('is its timeout, of each attempt', async () => {
    const running = await begin([Span], limited({ retries: { retries: 1, minTimeout: 0 } }));
    await running.runner.idle();
    expect(timeline.events).toEqual([
      'task, attempt 1',
      'span 1 ends by TimeoutError, current: deaf',
      'task, attempt 2',
      'span 2 ends by TimeoutError, current: deaf',
    ]);
    work.resolve();
  });

  it('is its timeout whatever they go on to do: none makes a success of it, and nobody waits for them', async () => {
    for (const each of [Rescues, Ignores]) {
      const running = await begin([each], limited());
      await running.runner.idle();
      expect(errors(running)).toEqual([expect.stringMatching(/^Background task "deaf" failed/)]);
      expect(running.runner.stats()).toMatchObject({ succeeded: 0, failed: 1, skipped: 1 });
    }
    expect(timeline.events).not.toContain('next');
    work.resolve();
  });

  it('is known to one that calls next() only then: it runs nothing', async () => {
    const running = await begin([CallsLate], limited());
    await running.runner.idle();
    held.resolve();
    await timeline.until('called');
    expect(timeline.events).toEqual(['refused by TimeoutError', 'called']);
    expect(running.runner.stats()).toMatchObject({ succeeded: 0, failed: 1 });
  });

  it('is known to one that has returned before it calls next(): it runs nothing', async () => {
    const running = await begin([KeepsNext], (tasks) => void tasks.addTask(note, 'task'));
    await running.runner.idle();
    held.resolve();
    await turn();
    expect(timeline.events).toEqual([
      'Cannot run `note`: the interceptor `KeepsNext` called next() after it had ended. Call and await it.',
    ]);
    expect(running.runner.stats()).toMatchObject({ succeeded: 0, failed: 1 });
  });

  it('is there when a shutdown waits no longer; the task is lost by name, and told of once', async () => {
    const running = await begin([Span, Rescues], (tasks) => void tasks.addTask(deaf).with({ retries: 1 }), {
      shutdownTimeout: 20,
    });
    await timeline.until('task, attempt 1');
    await running.close();
    expect(timeline.events.toSorted()).toEqual([
      'rescued',
      'span 1 ends by AbortError, current: deaf',
      'task, attempt 1',
    ]);
    expect(errors(running)).toEqual([
      'Background tasks were not done within the shutdownTimeout of 20 ms, and are lost. Still running: "deaf".',
    ]);
    expect(running.runner.stats()).toMatchObject({ running: 1, succeeded: 0, failed: 0 });
    work.resolve();
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ running: 0, succeeded: 1, failed: 0 });
    expect(errors(running)).toHaveLength(1);
  });

  it('leaves no unhandled rejection, whatever becomes of next() and of the task', async () => {
    const unhandled = await unhandledRejections(async () => {
      for (const each of [Ignores, Span, Rescues]) {
        const running = await begin([each], limited());
        await running.runner.idle();
      }
      work.reject(new Error('too late to matter'));
    });
    expect(unhandled).toEqual([]);
  });

  it('comes without one that says that it is not enabled, for as long as it does', async () => {
    const running = await begin([Changing], (tasks) => void tasks.addTask(note, 'task'));
    await running.runner.idle();
    Changing.enabled = false;
    await request(running, '/');
    await running.runner.idle();
    Changing.enabled = true;
    await request(running, '/');
    await running.runner.idle();
    expect(timeline.events).toEqual(['wrapped', 'task', 'task', 'wrapped', 'task']);
  });
});
