import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  Get,
  Inject,
  Injectable,
  NotFoundException,
  type Provider,
  Res,
  Scope,
} from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksModule,
  currentTask,
  NoActiveRequestError,
} from 'nestjs-background-tasks';
import { Observable, of, retry, tap } from 'rxjs';
import { type Platform, platforms, type Reply, request, start } from './harness/application.js';
import { Connection } from './harness/connection.js';
import { type Deferred, deferred } from './harness/deferred.js';
import { Timeline } from './harness/timeline.js';

let timeline: Timeline;
let entered: Deferred;
let release: Deferred;
let calls: number;

const requestId = new AsyncLocalStorage<string>();
const note = (event: string): void => timeline.mark(event);

/** Calls the handler once more if it has failed. */
const retries: Provider = {
  provide: APP_INTERCEPTOR,
  useValue: { intercept: (_: unknown, next: CallHandler) => next.handle().pipe(retry(1)) },
};

@Controller()
class Handlers {
  @Get('fine')
  async fine(tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(note, 'first');
    tasks.addTask(note, 'second');
    entered.resolve();
    await release.promise;
    note('handler ended');
    return 'fine';
  }

  @Get('fails')
  fails(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'first');
    tasks.addTask(() => Promise.reject(new Error('on purpose'))).with({ name: 'second' });
    tasks.addTask(note, 'third').with({ name: 'third' });
    return 'fine';
  }

  @Get('throws')
  throws(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'never');
    throw new NotFoundException();
  }

  @Get('returns-404')
  returns404(@Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks): string {
    tasks.addTask(note, 'first');
    reply.status(404);
    return 'not here';
  }

  @Get('cannot-be-sent')
  cannotBeSent(tasks: BackgroundTasks): object {
    tasks.addTask(note, 'never');
    return { n: 1n };
  }

  @Get('fails-at-first')
  failsAtFirst(tasks: BackgroundTasks): string {
    calls++;
    tasks.addTask(note, `call ${calls}`);
    if (calls === 1) throw new Error('on purpose');
    return 'fine';
  }

  @Get('by-reference')
  byReference(tasks: BackgroundTasks): string {
    const order = { state: 'new' };
    tasks.addTask(({ state }: { state: string }) => note(`order is ${state}`), order);
    order.state = 'paid';
    return 'fine';
  }

  @Get('in-a-store')
  inAStore(tasks: BackgroundTasks): string {
    requestId.run('r-1', () => tasks.addTask(() => note(`request ${requestId.getStore()}`)));
    return 'fine';
  }

  @Get('times-out')
  timesOut(tasks: BackgroundTasks): string {
    tasks
      .addTask(async () => {
        await release.promise;
        note('ran on');
      })
      .with({ timeout: 5 });
    return 'fine';
  }

  @Get('late')
  late(tasks: BackgroundTasks): string {
    tasks.addTask(() => {
      tasks.addTask(note, 'late');
    });
    return 'fine';
  }

  @Get('attaches-twice')
  attachesTwice(@Res({ passthrough: true }) reply: Reply): string {
    reply.background = new BackgroundTask(note, 'first');
    reply.background = new BackgroundTask(note, 'second');
    return 'fine';
  }

  @Get('merges')
  merges(@Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks): string {
    reply.background = tasks.addTask(note, 'first');
    reply.background = new BackgroundTasks([reply.background as BackgroundTask, new BackgroundTask(note, 'audit')]);
    reply.background ??= new BackgroundTask(note, 'never');
    return 'fine';
  }

  @Get('cancels')
  cancels(@Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks): string {
    const cancelled = tasks.addTask(note, 'never');
    tasks.addTask(note, 'next');
    cancelled.cancel();
    reply.background = cancelled;
    return 'fine';
  }

  @Get('observes')
  observes(tasks: BackgroundTasks): string {
    const teardown = (): void => note('torn down');
    tasks.addTask(() => of(1).pipe(tap({ complete: () => note('completed') })));
    tasks.addTask(() => new Observable(() => teardown)).with({ timeout: 5 });
    return 'fine';
  }

  @Get('generates')
  generates(tasks: BackgroundTasks): string {
    tasks.addTask(async function* generate() {
      yield note('never');
    });
    return 'fine';
  }

  @Get('returns-a-task')
  returnsATask(tasks: BackgroundTasks): BackgroundTask {
    return tasks.addTask(note, 'first');
  }

  @Get('attaches-many')
  attachesMany(@Res({ passthrough: true }) reply: Reply): string {
    const tasks = new BackgroundTasks([new BackgroundTask(note, 'first')]);
    reply.background = tasks;
    tasks.addTask(note, 'second');
    return 'fine';
  }

  @Get('aborted')
  async aborted(tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(() => note(`aborted: ${currentTask()?.aborted}`));
    entered.resolve();
    await release.promise;
    return 'fine';
  }
}

@Injectable()
class CronJob {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {}
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class Durable {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {}
}

beforeEach(() => {
  timeline = new Timeline();
  entered = deferred();
  release = deferred();
  calls = 0;
});

/** The sharp edges, as the README words them. */
const promises: Record<string, (platform: (typeof platforms)[number]) => Promise<void>> = {
  'A task starts after the response is over and its handler has ended.': async (platform) => {
    const running = await start(platform, { controllers: [Handlers] }, undefined, timeline);
    const answer = request(running, '/fine');
    await entered.promise;
    release.resolve();
    await answer;
    await running.runner.idle();
    const untilFirst = timeline.events.slice(0, timeline.indexOf('first'));
    expect(untilFirst).toEqual(expect.arrayContaining(['handler ended', 'finish']));
  },

  'Tasks run one at a time, in the order they were added.': async (platform) => {
    release.resolve();
    expect(await eventsAfter(platform, '/fine')).toEqual(['handler ended', 'first', 'second']);
  },

  'The first task that fails stops those after it.': async (platform) => {
    const running = await start(platform, { controllers: [Handlers] });
    await request(running, '/fails');
    await running.runner.idle();
    expect(timeline.events).toEqual(['first']);
    expect(running.logger.ofTasks('error').map(({ message }) => message)).toEqual([
      'Background task "second" failed: Error: on purpose. Skipped after it: "third".',
    ]);
  },

  'A thrown exception is a failure, a returned 404 is not.': async (platform) => {
    expect(await eventsAfter(platform, '/throws')).toEqual([]);
    expect(await eventsAfter(platform, '/returns-404')).toEqual(['first']);
  },

  'What a handler returned is a failure if it does not become the answer.': async (platform) => {
    expect(await eventsAfter(platform, '/cannot-be-sent')).toEqual([]);
  },

  'A task has the outcome of the call that added it.': async (platform) => {
    expect(await eventsAfter(platform, '/fails-at-first', [retries])).toEqual(['call 2']);
  },

  'A client that hangs up does not stop the tasks.': async (platform) => {
    const running = await start(platform, { controllers: [Handlers] }, undefined, timeline);
    const connection = await Connection.open(running);
    connection.send('/aborted');
    await entered.promise;
    connection.hangUp();
    await timeline.until('close');
    release.resolve();
    await running.runner.idle();
    expect(timeline.of('aborted: ')).toEqual(['true']);
  },

  'A task sees the AsyncLocalStorage stores of the code that added it.': async (platform) => {
    expect(await eventsAfter(platform, '/in-a-store')).toEqual(['request r-1']);
  },

  'Arguments are held by reference.': async (platform) => {
    expect(await eventsAfter(platform, '/by-reference')).toEqual(['order is paid']);
  },

  'A task added late still runs.': async (platform) => {
    expect(await eventsAfter(platform, '/late')).toEqual(['late']);
  },

  'Attaching to the response adds, and never replaces.': async (platform) => {
    expect(await eventsAfter(platform, '/attaches-twice')).toEqual(['first', 'second']);
  },

  'A task that is attached or added twice runs once.': async (platform) => {
    expect(await eventsAfter(platform, '/merges')).toEqual(['first', 'audit']);
  },

  'Tasks attached as BackgroundTasks can be added to later.': async (platform) => {
    expect(await eventsAfter(platform, '/attaches-many')).toEqual(['first', 'second']);
  },

  'A cancelled task does not run.': async (platform) => {
    expect(await eventsAfter(platform, '/cancels')).toEqual(['next']);
  },

  'An Observable runs until it completes.': async (platform) => {
    expect(await eventsAfter(platform, '/observes')).toEqual(['completed', 'torn down']);
  },

  'A generator is no task.': async (platform) => {
    const running = await start(platform, { controllers: [Handlers] });
    await request(running, '/generates');
    await running.runner.idle();
    expect([timeline.events, running.runner.stats().failed]).toEqual([[], 1]);
  },

  'A handler that returns a task tells the client nothing of it.': async (platform) => {
    const running = await start(platform, { controllers: [Handlers] });
    expect((await request(running, '/returns-a-task')).body).toBe('{}');
  },

  'Outside a request, addTask throws.': async () => {
    const jobs = { module: class Jobs {}, imports: [BackgroundTasksModule], providers: [CronJob] };
    const context = await NestFactory.createApplicationContext(jobs, { logger: false, abortOnError: false });
    const { tasks } = await context.resolve(CronJob);
    expect(() => tasks.addTask(note, 'never')).toThrow(NoActiveRequestError);
    await context.close();
  },

  'A durable provider cannot hold BackgroundTasks.': async (platform) => {
    await expect(start(platform, { providers: [Durable] })).rejects.toThrow('Cannot inject BackgroundTasks into');
  },

  'A timeout cannot stop a task that does not listen to its signal.': async (platform) => {
    const running = await start(platform, { controllers: [Handlers] });
    await request(running, '/times-out');
    await running.runner.idle();
    expect(running.logger.ofTasks('error')).toHaveLength(1);
    release.resolve();
    await timeline.until('ran on');
    expect(timeline.events).toEqual(['ran on']);
  },

  'Shutting down waits for the tasks.': async (platform) => {
    const running = await start(platform, { controllers: [Handlers] });
    const answer = request(running, '/fine');
    await entered.promise;
    const closed = running.app.close().then(() => note('closed'));
    release.resolve();
    await Promise.all([answer, closed]);
    expect(timeline.events).toEqual(['handler ended', 'first', 'second', 'closed']);
  },
};

async function eventsAfter(platform: Platform, path: string, providers: Provider[] = []): Promise<string[]> {
  const running = await start(platform, { controllers: [Handlers], providers });
  await request(running, path);
  await running.runner.idle();
  return timeline.events;
}

describe.each(platforms)('good to know on $name:', (platform) => {
  it.each(Object.entries(promises))('%s', async (_, holds) => {
    expect.hasAssertions();
    await holds(platform);
  });
});

it('the README names each of these, and no other', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const section = readme.split('## Good to know')[1]?.split('\n## ')[0] ?? '';
  const named = Array.from(section.matchAll(/^- \*\*(.+?)\*\*/gm), ([, sentence]) => sentence);
  expect(named).toEqual(Object.keys(promises));
});
