import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Res } from '@nestjs/common';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  currentTask,
} from 'nestjs-background-tasks';
import { AbortError } from 'p-retry';
import { failuresOf } from '../harness/failures.js';
import { platforms, type Reply, request, type Running, start } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { adder } from '../harness/scene.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
/** What the handler of the test at hand does. */
let handle: (tasks: BackgroundTasks, reply: Reply) => void;

const note = (event: string): void => timeline.mark(event);
let failures: unknown[];
const quickly = { retries: 2, minTimeout: 0 };

@Controller()
class Handler {
  @Get()
  get(tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply): string {
    handle(tasks, reply);
    return 'fine';
  }
}

beforeEach(() => {
  timeline = new Timeline();
});

async function run(
  platform: (typeof platforms)[number],
  handler: typeof handle,
  options: BackgroundTasksModuleOptions = {},
): Promise<Running> {
  handle = handler;
  const running = await start(platform, { imports: [BackgroundTasksModule.forRoot(options)], controllers: [Handler] });
  failures = failuresOf(running);
  await request(running, '/');
  await running.runner.idle();
  return running;
}

const messages = (running: Running, level: string) => running.logger.ofTasks(level).map(({ message }) => message);

/** Lets nothing else of the process go on for so long. */
function block(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

/** Ends when its signal aborts, as a task should. */
function untilAborted(): Promise<never> {
  const { signal } = currentTask() ?? {};
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => {
      note(`aborted by ${(signal.reason as Error).name}`);
      reject(signal.reason as Error);
    });
  });
}

describe.each(platforms)('a timeout on $name', (platform) => {
  it('fails the attempt, aborts its signal, and stops the batch', async () => {
    const running = await run(platform, (tasks) => {
      tasks.addTask(untilAborted).with({ timeout: 5 });
      tasks.addTask(note, 'never').with({ name: 'next' });
    });
    expect(timeline.events).toEqual(['aborted by TimeoutError']);
    const [line] = running.logger.ofTasks('error');
    expect(line?.message).toBe(
      'Background task "untilAborted" failed: TimeoutError: "untilAborted" took longer than its timeout of 5 ms. ' +
        'Skipped after it: "next".',
    );
    expect(failures).toMatchObject([
      { name: 'TimeoutError', message: '"untilAborted" took longer than its timeout of 5 ms.' },
    ]);
  });

  it('goes on without a task that does not listen to its signal, whatever becomes of it', async () => {
    const late = deferred();
    await run(
      platform,
      (tasks) => {
        tasks.addTask(() => late.promise).with({ timeout: 5 });
        tasks.addTask(note, 'next');
      },
      { onFailure: 'continue' },
    );
    expect(timeline.events).toEqual(['next']);
    late.reject(new Error('too late to matter'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(timeline.events).toEqual(['next']);
  });

  it('is nothing to a task that ends in time, which keeps its own error', async () => {
    await run(platform, (tasks) => {
      tasks.addTask(() => Promise.resolve(note('done'))).with({ timeout: 60_000 });
      tasks.addTask(() => note('done at once')).with({ timeout: 60_000 });
      tasks.addTask(() => Promise.reject(new Error('its own'))).with({ timeout: 60_000 });
    });
    expect(timeline.events).toEqual(['done', 'done at once']);
    expect(failures).toEqual([new Error('its own')]);
  });

  it('is that of the defaults, unless a task or the tasks it was added through say otherwise', async () => {
    const slow = () => new Promise((resolve) => setTimeout(resolve, 20));
    const task = (name: string) => new BackgroundTask(slow).with({ name });
    const running = await run(
      platform,
      (tasks, reply) => {
        tasks.addTask(task('by default'));
        tasks.addTask(task('unlimited')).with({ timeout: Infinity });
        reply.background = new BackgroundTasks([task('in a group')]).with({ timeout: 60_000 });
      },
      { defaults: { timeout: 5 }, onFailure: 'continue' },
    );
    expect(messages(running, 'error')).toEqual([
      'Background task "by default" failed: TimeoutError: "by default" took longer than its timeout of 5 ms.',
    ]);
    expect(running.runner.stats()).toMatchObject({ failed: 1, succeeded: 2 });
  });

  it('counts what a task does before it awaits anything', async () => {
    await run(platform, (tasks) => {
      tasks
        .addTask(async () => {
          block(40);
          await new Promise((resolve) => setTimeout(resolve, 20));
        })
        .with({ name: 'slow at first', timeout: 50 });
    });
    expect(failures).toMatchObject([{ message: '"slow at first" took longer than its timeout of 50 ms.' }]);
  });

  it('that a task had used up by then is over on the next turn of the event loop', async () => {
    await run(
      platform,
      (tasks) => {
        tasks.addTask(() => {
          block(10);
          return untilAborted();
        });
        tasks.addTask(() => note('next'));
      },
      { defaults: { timeout: 5 }, onFailure: 'continue' },
    );
    expect(timeline.events).toEqual(['aborted by TimeoutError', 'next']);
  });

  it('is nothing to a task that blocks the event loop until it has ended', async () => {
    await run(platform, (tasks) => {
      tasks.addTask(() => block(10)).with({ timeout: 5 });
      tasks.addTask(() => Promise.resolve(block(10))).with({ timeout: 5 });
    });
    expect(failures).toEqual([]);
  });

  it('aborts no signal of a task that has ended', async () => {
    let signal: AbortSignal | undefined;
    await run(platform, (tasks) => {
      tasks
        .addTask(async () => {
          signal = currentTask()?.signal;
          await Promise.resolve();
        })
        .with({ timeout: 5 });
      tasks.addTask(() => new Promise((resolve) => setTimeout(resolve, 20)));
    });
    expect(signal?.aborted).toBe(false);
  });
});

describe.each(platforms)('retries on $name', (platform) => {
  it('try again until an attempt succeeds, and count from 1', async () => {
    const running = await run(platform, (tasks) => {
      tasks
        .addTask(() => {
          const attempt = currentTask()?.attempt ?? 0;
          note(`attempt ${attempt}`);
          if (attempt < 3) throw new Error(`no ${attempt}`);
        })
        .with({ name: 'flaky', retries: quickly });
      tasks.addTask(note, 'next');
    });
    expect(timeline.events).toEqual(['attempt 1', 'attempt 2', 'attempt 3', 'next']);
    expect(messages(running, 'warn')).toEqual([
      'Background task "flaky" failed and is tried again, attempt 2: Error: no 1',
      'Background task "flaky" failed and is tried again, attempt 3: Error: no 2',
    ]);
    expect(messages(running, 'error')).toEqual([]);
  });

  it('fail with what the last attempt threw, once they are used up', async () => {
    const boom = new Error('boom');
    const running = await run(platform, (tasks) => {
      tasks.addTask(() => Promise.reject(boom)).with({ name: 'hopeless', retries: quickly });
      tasks.addTask(note, 'never').with({ name: 'next' });
    });
    expect(messages(running, 'error')).toEqual([
      'Background task "hopeless" failed after 3 attempts: Error: boom. Skipped after it: "next".',
    ]);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBe(boom);
    expect(running.runner.stats()).toMatchObject({ failed: 1, skipped: 1, succeeded: 0 });
  });

  it.each([
    ['a TypeError, which p-retry would not try again', new TypeError('programming error')],
    ['what is no Error, which p-retry would replace', 'a string'],
    ['undefined', undefined],
  ])('keep %s as it is', async (_, thrown) => {
    await run(platform, (tasks) => {
      tasks
        .addTask(() => {
          note('attempt');
          // eslint-disable-next-line typescript/only-throw-error -- the case under test
          throw thrown;
        })
        .with({ retries: quickly });
    });
    expect(timeline.events).toEqual(['attempt', 'attempt', 'attempt']);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBe(thrown);
  });

  it('end at once with the AbortError of p-retry', async () => {
    const boom = new Error('hopeless');
    await run(platform, (tasks) => {
      tasks
        .addTask(() => {
          note('attempt');
          throw new AbortError(boom);
        })
        .with({ retries: quickly });
    });
    expect(timeline.events).toEqual(['attempt']);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBe(boom);
  });

  it('take the options of p-retry, whose callbacks see what the task threw, in its async context', async () => {
    const boom = new Error('boom');
    const seen: unknown[] = [];
    await run(platform, (tasks) => {
      adder.run('the adder', () =>
        tasks
          .addTask(() => Promise.reject(boom))
          .with({
            retries: {
              ...quickly,
              onFailedAttempt: ({ error }) => void seen.push(error, adder.getStore()),
              shouldConsumeRetry: ({ error }) => seen.push(error) > 0,
              shouldRetry: ({ error, attemptNumber }) => {
                seen.push(error);
                return attemptNumber < 2;
              },
            },
          }),
      );
    });
    expect(seen).toEqual([boom, 'the adder', boom, boom, boom, 'the adder', boom, boom]);
  });

  it('begin each attempt with a fresh signal and a fresh timeout', async () => {
    await run(platform, (tasks) => {
      tasks
        .addTask(async () => {
          const { attempt, signal } = currentTask() ?? {};
          note(`attempt ${attempt}, aborted: ${signal?.aborted}`);
          if (attempt === 1) await untilAborted();
        })
        .with({ retries: quickly, timeout: 5 });
    });
    expect(timeline.events).toEqual([
      'attempt 1, aborted: false',
      'aborted by TimeoutError',
      'attempt 2, aborted: false',
    ]);
  });

  it('see the async context of the adder in each attempt', async () => {
    await run(platform, (tasks) => {
      adder.run('the adder', () =>
        tasks
          .addTask(() => {
            note(`in ${adder.getStore()}`);
            throw new Error('again');
          })
          .with({ retries: quickly }),
      );
    });
    expect(timeline.events).toEqual(['in the adder', 'in the adder', 'in the adder']);
  });

  it('are none by default, and those of the defaults where they are given', async () => {
    const failing = (tasks: BackgroundTasks): void => {
      tasks.addTask(() => {
        note('attempt');
        throw new Error('again');
      });
    };
    await run(platform, failing);
    expect(timeline.events).toEqual(['attempt']);
    await run(platform, failing, { defaults: { retries: quickly } });
    expect(timeline.events).toEqual(['attempt', 'attempt', 'attempt', 'attempt']);
  });
});
