import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { BackgroundTask, BackgroundTasksModule, currentTask, UseBackgroundTasks } from 'nestjs-background-tasks';
import { finalize, NEVER, type Observable } from 'rxjs';
import { platforms, type Prepare, type Reply, type Running, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { nest, useMiddleware } from '../harness/nest.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let entered: Deferred;
let release: Deferred;

const note = (event: string): void => timeline.mark(event);

beforeEach(() => {
  timeline = new Timeline();
  entered = deferred();
  release = deferred();
});

@Controller()
class Waiting {
  @Get('followed')
  @UseBackgroundTasks()
  followed(): Promise<void> {
    return this.plain();
  }

  @Get('plain')
  async plain(): Promise<void> {
    entered.resolve();
    await release.promise;
    note('the handler ends');
  }

  @Get('torn')
  @UseBackgroundTasks()
  torn(): Observable<never> {
    entered.resolve();
    return NEVER.pipe(
      finalize(() => {
        note('the handler ends');
        throw new Error('on purpose');
      }),
    );
  }
}

/** Adds one task at once, and another when the handler has ended. */
const addTwice: Prepare = (app) =>
  useMiddleware(app, (_: unknown, reply: Reply, next) => {
    reply.background = new BackgroundTask(() => note(`first, ${noteOf()}`));
    void timeline.until('the handler ends').then(() => {
      reply.background = new BackgroundTask(() => note(`second, ${noteOf()}`));
      note('added');
    });
    next();
  });

/** Before Nest 11.2 a handler goes on, whether or not its client is there. */
const whereTornDown = nest.tearsDown ? it : it.skip;

const noteOf = (): string => (currentTask()?.aborted ? 'aborted' : 'complete');

describe.each(platforms)('on $name, when the client hangs up, a task from middleware', (platform) => {
  async function hangUpOn(path: string): Promise<Running> {
    const imports = [BackgroundTasksModule.forRoot({ bind: 'needed', defaults: { runOn: 'always' } })];
    const running = await start(platform, { controllers: [Waiting], imports }, addTwice, timeline);
    const connection = await Connection.open(running);
    connection.send(path);
    await entered.promise;
    connection.hangUp();
    await timeline.until('close');
    return running;
  }

  const eventsOfTasks = (): string[] => timeline.events.filter((event) => !event.includes('close'));

  it('waits for a handler that nobody follows until its response is ended, and one added later is not lost', async () => {
    const running = await hangUpOn('/plain');
    release.resolve();
    await timeline.until('added');
    await running.runner.idle();
    expect(eventsOfTasks()).toEqual(['the handler ends', 'added', 'first, aborted', 'second, aborted']);
  });

  it('waits for a handler that is followed', async () => {
    const running = await hangUpOn('/followed');
    release.resolve();
    await timeline.until('added');
    await running.runner.idle();
    expect(eventsOfTasks()).toEqual(['the handler ends', 'added', 'first, aborted', 'second, aborted']);
  });

  whereTornDown('runs although its teardown has failed (torn down since Nest 11.2)', async () => {
    const running = await hangUpOn('/torn');
    await timeline.until('added');
    await running.runner.idle();
    expect(timeline.count('the handler ends')).toBe(1);
    expect(timeline.of('first')).toEqual([', aborted']);
    expect(timeline.of('second')).toEqual([', aborted']);
  });
});
