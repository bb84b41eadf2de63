import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  type NestInterceptor,
  Res,
} from '@nestjs/common';
import { BackgroundTask, BackgroundTasks, UseBackgroundTasks } from 'nestjs-background-tasks';
import { map, type Observable, toArray } from 'rxjs';
import { platforms, type Reply, request } from '../harness/application.js';
import { deferred, type Deferred } from '../harness/deferred.js';
import { MemoryEngine } from '../harness/memory-engine.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, Mailer, timeline } from './mailer.js';

/** Bound outside of what follows the handler. */
class FailingAfterwards implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getHandler().name !== 'flips') return next.handle();
    // once the handler has completed
    return next.handle().pipe(
      toArray(),
      map(() => {
        throw new HttpException('outside', 500);
      }),
    );
  }
}

let release: Deferred;
let kept: BackgroundTasks;
let added: BackgroundTask;

@Controller()
class Points {
  constructor(private readonly mailer: Mailer) {}

  @Get('flips')
  flips(tasks: BackgroundTasks): string {
    tasks.addTask(this.mailer, 'send', 'success');
    tasks.addTask(this.mailer, 'audit', 'always').with({ runOn: 'always' });
    tasks.addTask(this.mailer, 'audit', 'failure').with({ runOn: 'failure' });
    return 'fine';
  }

  @Get('sends-and-throws')
  sendsAndThrows(@Res() reply: Reply, tasks: BackgroundTasks): void {
    tasks.addTask(this.mailer, 'send', 'success');
    tasks.addTask(this.mailer, 'audit', 'failure').with({ runOn: 'failure' });
    reply.send('fine');
    throw new Error('afterwards');
  }

  @Get('slow')
  async slow(@Res() reply: Reply, tasks: BackgroundTasks): Promise<void> {
    tasks.addTask(this.mailer, 'send', 'early');
    reply.send('fine');
    await release.promise;
    tasks.addTask(this.mailer, 'send', 'late');
  }

  @Get('keeps')
  keeps(tasks: BackgroundTasks): string {
    kept = tasks;
    added = tasks.addTask(this.mailer, 'send', 'early');
    return 'fine';
  }

  @Get('merges')
  @UseBackgroundTasks()
  merges(@Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks): number {
    reply.background = new BackgroundTask(this.mailer, 'send', 'once');
    reply.background = new BackgroundTasks([
      reply.background as BackgroundTask,
      new BackgroundTask(this.mailer, 'audit', 'too'),
    ]);
    tasks.addTask(this.mailer, 'note', 'here');
    return tasks.size;
  }

  @Get('cancels')
  cancels(tasks: BackgroundTasks): boolean[] {
    const first = tasks.addTask(this.mailer, 'send', 'cancelled');
    tasks.addTask(this.mailer, 'send', 'sent');
    return [first.cancel(), first.cancel()];
  }
}

describe.each(platforms)('the outcome of a response with durable tasks on $name', (platform) => {
  let running: DurableRunning;
  const mailer = (): Mailer => running.app.get(Mailer);

  beforeEach(async () => {
    beginAnew();
    release = deferred();
    running = await startDurable(platform, { controllers: [Points] }, {}, (app) => {
      app.useGlobalInterceptors(new FailingAfterwards());
    });
  });

  it('is not what they were stored for: they are discarded, and those for this end run', async () => {
    expect(await request(running, '/flips')).toMatchObject({ status: 500 });
    await running.runner.idle();
    await timeline.until('audited failure after failure');
    expect(running.stored()[0]).toEqual(['Mailer.send', 'Mailer.audit']);
    expect(running.calls().filter((method) => method === 'discard')).toHaveLength(1);
    expect(timeline.of('begins ').toSorted()).toEqual(['always', 'failure']);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, skipped: 1, stored: 2 });
  });

  it('is not what they were stored for: also where the answer to the discard was lost, those for this end run', async () => {
    const { engine } = running;
    let isFirst = true;
    engine.discard = async (id) => {
      const isDiscarded = await MemoryEngine.prototype.discard.call(engine, id);
      if (!isFirst) return isDiscarded;
      isFirst = false;
      throw new Error('connection lost');
    };
    expect(await request(running, '/flips')).toMatchObject({ status: 500 });
    await timeline.until('audited failure after failure');
    await timeline.until('audited always after failure');
    expect(timeline.of('begins ').toSorted()).toEqual(['always', 'failure']);
  });

  it('of a handler that has sent an answer by itself, and throws: what was stored is discarded', async () => {
    expect(await request(running, '/sends-and-throws')).toMatchObject({ status: 200, body: 'fine' });
    await running.runner.idle();
    await timeline.until('audited failure after failure');
    expect(running.calls().toSorted()).toEqual(['discard', 'submit', 'submit']);
    expect(timeline.of('begins ')).toEqual(['failure']);
  });

  it('leaves those that are added after the first byte to a batch of their own, stored when it is over', async () => {
    expect(await request(running, '/slow')).toMatchObject({ body: 'fine' });
    expect(running.calls()).toEqual(['submit']);
    release.resolve();
    await timeline.until('sent late after success');
    // a worker may be faster than the word that it was stored
    await running.runner.idle();
    expect(running.stored()).toEqual([['Mailer.send'], ['Mailer.send']]);
    expect(new Set(running.events.flatMap((e) => (e.type === 'stored' ? [e.batchId] : []))).size).toBe(2);
  });

  it('is known long since where one is added: it is stored at once, and not held', async () => {
    await request(running, '/keeps');
    await timeline.until('sent early after success');
    kept.addTask(mailer(), 'send', 'late').with({ name: 'named late' });
    await running.runner.idle();
    await timeline.until('sent late after success');
    expect(running.stored()).toEqual([['Mailer.send'], ['named late']]);
    expect(running.calls().filter((method) => method === 'release')).toHaveLength(1);
  });

  it('is the same for what was stored and is added again: it runs once', async () => {
    expect(await request(running, '/merges')).toMatchObject({ body: '3' });
    await timeline.until('audited too after success');
    await timeline.until('noted here after success');
    expect(timeline.of('sent ')).toEqual(['once after success']);
  });

  it('does not matter to what was cancelled before it was stored; afterwards it is too late', async () => {
    expect(await request(running, '/cancels')).toMatchObject({ body: '[true,false]' });
    await timeline.until('sent sent after success');
    expect(timeline.of('begins ')).toEqual(['sent']);
    await request(running, '/keeps');
    expect(added.cancel()).toBe(false);
    await timeline.until('sent early after success');
  });
});
