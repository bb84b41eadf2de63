import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Param,
  Post,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { BackgroundTask, BackgroundTasks, BackgroundTasksModule, currentTask, Tasks } from 'nestjs-background-tasks';
import { defer, from, map, type Observable, repeat, retry, takeUntil, throwIfEmpty, toArray } from 'rxjs';
import { type Platform, platforms, type Reply, request, type Running, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let calls: number;
let entered: Deferred;

const note = (event: string): void => timeline.mark(`${event}: ${currentTask()?.outcome}`);

beforeEach(() => {
  timeline = new Timeline();
  calls = 0;
  entered = deferred();
});

@Injectable()
class AddsOnce implements CanActivate {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    this.tasks.addTask(note, 'guard').with({ runOn: 'always' });
    return true;
  }
}

@Controller()
class Orders {
  /** Fails as often as is said, and then answers. */
  @Post('orders/:failures')
  async order(@Param('failures') failures: string, @Tasks() tasks: BackgroundTasks): Promise<string> {
    const call = ++calls;
    tasks.addTask(note, `mail ${call}`);
    await Promise.resolve();
    tasks.addTask(note, `audit ${call}`).with({ runOn: 'always' });
    tasks.addTask(note, `alert ${call}`).with({ runOn: 'failure' });
    if (call <= Number(failures)) throw new Error('on purpose');
    return 'ordered';
  }

  @Post('guarded/:failures')
  @UseGuards(AddsOnce)
  guarded(@Param('failures') failures: string, @Tasks() tasks: BackgroundTasks): Promise<string> {
    return this.order(failures, tasks);
  }

  /** Takes for ever at first. */
  @Get('slow')
  slow(@Tasks() tasks: BackgroundTasks): Promise<string> {
    const call = ++calls;
    tasks.addTask(note, `mail ${call}`);
    entered.resolve();
    return call === 1 ? new Promise(() => undefined) : Promise.resolve('at last');
  }

  /** Fails at first; what it has to do each time adds to that once nobody is at work. */
  @Get('late')
  late(@Tasks() tasks: BackgroundTasks): string {
    const call = ++calls;
    const follow = (): unknown => tasks.addTask(note, `late ${call}`).with({ runOn: 'always' });
    tasks.addTask(follow).with({ runOn: 'always' });
    if (call === 1) throw new Error('on purpose');
    return 'fine';
  }

  @Get('fine')
  fine(@Tasks() tasks: BackgroundTasks): string {
    const call = ++calls;
    tasks.addTask(note, `mail ${call}`).with({ runOn: 'always' });
    return 'fine';
  }
}

type Around = (answers: Observable<unknown>, addNow: (event: string) => void) => Observable<unknown>;

/** An application whose global interceptor, outside of what follows the handler, does as `around` says. */
function startWith(
  platform: Platform,
  around: Around,
  scope: Scope.DEFAULT | Scope.REQUEST = Scope.REQUEST,
): Promise<Running> {
  const outside = {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const response = context.switchToHttp().getResponse<Reply>();
      return around(next.handle(), (event) => {
        response.background = new BackgroundTask(note, event).with({ runOn: 'always' });
      });
    },
  };
  const providers = [AddsOnce, { provide: APP_INTERCEPTOR, useValue: outside }];
  const imports = [BackgroundTasksModule.forRoot({ scope })];
  return start(platform, { imports, controllers: [Orders], providers });
}

describe.each(platforms)('on $name, where an interceptor outside calls the handler more than once,', (platform) => {
  it('one mail is sent for one answer: those of failed attempts are for a failure', async () => {
    const running = await startWith(platform, (answers) => answers.pipe(retry(2)));
    expect(await request(running, '/orders/2', { method: 'POST' })).toMatchObject({ status: 201, body: 'ordered' });
    await running.runner.idle();
    expect(timeline.events).toEqual([
      'audit 1: failure',
      'alert 1: failure',
      'audit 2: failure',
      'alert 2: failure',
      'mail 3: success',
      'audit 3: success',
    ]);
  });

  it('none is sent where all have failed', async () => {
    const running = await startWith(platform, (answers) => answers.pipe(retry(1)));
    expect((await request(running, '/orders/2', { method: 'POST' })).status).toBe(500);
    await running.runner.idle();
    expect(timeline.events).toEqual(['audit 1: failure', 'alert 1: failure', 'audit 2: failure', 'alert 2: failure']);
  });

  it.each([
    [1, 'success'],
    [2, 'failure'],
  ])(
    'what is added before, between and after has the outcome of the last call: %d failures, %s',
    async (failures, outcome) => {
      const running = await startWith(platform, (answers, addNow) =>
        defer(() => {
          addNow('around');
          return answers;
        }).pipe(
          map((answer) => {
            addNow('after');
            return answer;
          }),
          retry(1),
        ),
      );
      await request(running, `/guarded/${failures}`, { method: 'POST' });
      await running.runner.idle();
      const ofNobody = timeline.events.filter((event) => /^(guard|around|after)/.test(event));
      expect(ofNobody).toContain(`guard: ${outcome}`);
      expect(new Set(ofNobody.map((event) => event.replace(/^\w+/, '')))).toEqual(new Set([`: ${outcome}`]));
      expect(timeline.count('audit 1: failure')).toBe(1);
    },
  );

  it('one that was given up for another is a failure', async () => {
    const running = await startWith(platform, (answers) =>
      defer(() => (calls === 0 ? answers.pipe(takeUntil(from(entered.promise)), throwIfEmpty()) : answers)).pipe(
        retry(1),
      ),
    );
    expect((await request(running, '/slow')).body).toBe('at last');
    await running.runner.idle();
    expect(timeline.events).toEqual(['mail 2: success']);
  });

  it.each([
    ['request', Scope.REQUEST],
    ['default', Scope.DEFAULT],
  ] as const)(
    'what a task of a failed call adds has the outcome of the last call, with %s scope',
    async (_name, scope) => {
      const running = await startWith(platform, (answers) => answers.pipe(retry(1)), scope);
      expect((await request(running, '/late')).body).toBe('fine');
      await running.runner.idle();
      expect(timeline.events).toEqual(['late 1: success', 'late 2: success']);
    },
  );

  it('each that has completed is a success', async () => {
    const running = await startWith(platform, (answers) => answers.pipe(repeat(2), toArray()));
    expect((await request(running, '/fine')).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['mail 1: success', 'mail 2: success']);
  });
});
