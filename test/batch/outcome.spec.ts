import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Inject,
  Injectable,
  NotFoundException,
  Param,
  Res,
  UseGuards,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { BackgroundTasks, BackgroundTasksModule, currentTask } from 'nestjs-background-tasks';
import { catchError, from, NEVER, type Observable, of, takeUntil, throwIfEmpty } from 'rxjs';
import { platforms, type Reply, request, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let entered: Deferred;
let release: Deferred;
let added: Deferred;

const note = (event: string): void => timeline.mark(`${event} after ${currentTask()?.outcome}`);

/** One task for each end, and one without a word. */
function addOneOfEach(tasks: BackgroundTasks): void {
  tasks.addTask(note, 'for success').with({ runOn: 'success' });
  tasks.addTask(note, 'for failure').with({ runOn: 'failure' });
  tasks.addTask(note, 'for any end').with({ runOn: 'always' });
  tasks.addTask(note, 'by default');
}

@Injectable()
class AddsOneOfEach implements CanActivate {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    addOneOfEach(this.tasks);
    entered.resolve();
    const { params } = context.switchToHttp().getRequest<{ params: { answer?: string } }>();
    if (params.answer === 'wait') await release.promise;
    return params.answer !== 'deny';
  }
}

interface Next {
  handle(): Observable<unknown>;
}

const rescues = {
  provide: APP_INTERCEPTOR,
  useValue: { intercept: (_: unknown, next: Next) => next.handle().pipe(catchError(() => of('rescued'))) },
};

const givesUp = {
  provide: APP_INTERCEPTOR,
  useValue: {
    intercept: (_: unknown, next: Next) =>
      next.handle().pipe(
        takeUntil(from(release.promise)),
        throwIfEmpty(() => new HttpException('too slow', 408)),
      ),
  },
};

@Controller()
class Outcomes {
  @Get('fine')
  fine(tasks: BackgroundTasks): string {
    addOneOfEach(tasks);
    return 'fine';
  }

  @Get('returns-404')
  returns404(tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply): string {
    addOneOfEach(tasks);
    reply.status(404);
    return 'not here';
  }

  @Get('throws-404')
  throws404(tasks: BackgroundTasks): string {
    addOneOfEach(tasks);
    throw new NotFoundException();
  }

  @Get('guarded/:answer')
  @UseGuards(AddsOneOfEach)
  guarded(@Param('answer') answer: string, tasks: BackgroundTasks): string {
    if (answer !== 'wait') return 'fine';
    tasks.addTask(note, 'by the handler');
    added.resolve();
    throw new NotFoundException();
  }

  @Get('never')
  never(tasks: BackgroundTasks): Observable<string> {
    addOneOfEach(tasks);
    entered.resolve();
    return NEVER;
  }
}

const forSuccess = ['for success after success', 'for any end after success', 'by default after success'];
const forFailure = ['for failure after failure', 'for any end after failure'];
const module = { controllers: [Outcomes], providers: [AddsOneOfEach] };

beforeEach(() => {
  timeline = new Timeline();
  entered = deferred();
  release = deferred();
  added = deferred();
});

describe.each(platforms)('the outcome on $name', (platform) => {
  it.each([
    ['success when the handler has returned', '/fine', 200, forSuccess],
    ['success when the handler has returned a 404', '/returns-404', 404, forSuccess],
    ['failure when the handler has thrown a 404', '/throws-404', 404, forFailure],
    ['failure when a guard has denied', '/guarded/deny', 403, forFailure],
    ['success when a guard has let pass', '/guarded/pass', 200, forSuccess],
  ])('is %s, and decides which tasks run', async (_, path, status, events) => {
    const running = await start(platform, module);
    expect((await request(running, path)).status).toBe(status);
    await running.runner.idle();
    expect(timeline.events).toEqual(events);
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  it('is reported at debug level where it made a task be skipped', async () => {
    const running = await start(platform, module);
    await request(running, '/fine');
    await running.runner.idle();
    expect(running.logger.ofTasks('debug').map(({ message }) => message)).toEqual([
      'Background task "note" was skipped: the response ended in success.',
    ]);
  });

  it('is the default of tasks that do not say theirs', async () => {
    const options = BackgroundTasksModule.forRoot({ defaults: { runOn: 'always' } });
    const running = await start(platform, { ...module, imports: [options] });
    await request(running, '/throws-404');
    await running.runner.idle();
    expect(timeline.events).toEqual([...forFailure, 'by default after failure']);
  });

  it('stays failure when an outer interceptor rescues the response', async () => {
    const running = await start(platform, { ...module, providers: [AddsOneOfEach, rescues] });
    expect((await request(running, '/throws-404')).body).toBe('rescued');
    await running.runner.idle();
    expect(timeline.events).toEqual(forFailure);
  });

  it('is that of the status when an outer interceptor gave the handler up', async () => {
    const running = await start(platform, { ...module, providers: [AddsOneOfEach, givesUp] });
    const answer = request(running, '/never');
    await entered.promise;
    release.resolve();
    expect((await answer).status).toBe(408);
    await running.runner.idle();
    expect(timeline.events).toEqual(forFailure);
  });

  it('of a handler that starts after its client has gone holds for what was added before, too', async () => {
    const running = await start(platform, module, undefined, timeline);
    const connection = await Connection.open(running);
    connection.send('/guarded/wait');
    await entered.promise;
    connection.hangUp();
    await timeline.until('close');
    release.resolve();
    await added.promise;
    await running.runner.idle();
    expect(timeline.events.filter((event) => event.includes('after'))).toEqual(forFailure);
    expect(timeline.of('by the handler')).toEqual([]);
    expect(running.logger.ofTasks('debug').map(({ message }) => message)).toContain(
      'Background task "note" was skipped: the response ended in failure.',
    );
  });
});
