import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  type NestInterceptor,
  Res,
  StreamableFile,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTask, BackgroundTasks, UseBackgroundTasks } from 'nestjs-background-tasks';
import { type Observable, of, tap } from 'rxjs';
import { platforms, type Reply, request } from '../harness/application.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, Mailer, script, timeline } from './mailer.js';

@Injectable()
class AddingGuard implements CanActivate {
  constructor(
    private readonly mailer: Mailer,
    private readonly tasks: BackgroundTasks,
  ) {}

  canActivate(): boolean {
    this.tasks.addTask(this.mailer, 'send', 'by the guard');
    return true;
  }
}

@Injectable()
class AddingInterceptor implements NestInterceptor {
  constructor(
    private readonly mailer: Mailer,
    private readonly tasks: BackgroundTasks,
  ) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap(() => this.tasks.addTask(this.mailer, 'send', 'by an interceptor')));
  }
}

@Controller()
class Points {
  constructor(private readonly mailer: Mailer) {}

  @Get('value')
  value(tasks: BackgroundTasks): string {
    tasks.addTask(this.mailer, 'send', 'a');
    tasks.addTask(this.mailer, 'note', 'b');
    tasks.addTask(this.mailer, 'audit', 'c');
    return 'fine';
  }

  @Get('promise')
  async promise(tasks: BackgroundTasks): Promise<string> {
    await Promise.resolve();
    return this.value(tasks);
  }

  @Get('observable')
  observable(tasks: BackgroundTasks): Observable<string> {
    return of('not the last', 'fine').pipe(tap((value) => value === 'fine' && this.value(tasks)));
  }

  @Get('file')
  file(tasks: BackgroundTasks): StreamableFile {
    this.value(tasks);
    return new StreamableFile(Buffer.from('fine'));
  }

  @Get('attached')
  @UseBackgroundTasks()
  attached(@Res({ passthrough: true }) reply: Reply): string {
    reply.background = new BackgroundTask(this.mailer, 'send', 'a');
    reply.background = new BackgroundTask(this.mailer, 'note', 'b');
    reply.background = new BackgroundTask(this.mailer, 'audit', 'c');
    return 'fine';
  }

  @Get('guarded')
  @UseGuards(AddingGuard)
  @UseInterceptors(AddingInterceptor)
  guarded(tasks: BackgroundTasks): string {
    tasks.addTask(this.mailer, 'send', 'by the handler');
    return 'fine';
  }

  @Get('throws')
  throws(tasks: BackgroundTasks): never {
    tasks.addTask(this.mailer, 'send', 'never');
    tasks.addTask(this.mailer, 'audit', 'failure').with({ runOn: 'failure' });
    tasks.addTask(this.mailer, 'audit', 'always').with({ runOn: 'always' });
    throw new HttpException('no', 418);
  }
}

describe.each(platforms)('the durable tasks of a response on $name', (platform) => {
  let running: DurableRunning;
  let whenAnswered: string[];

  beforeEach(async () => {
    beginAnew();
    running = await startDurable(platform, { controllers: [Points] });
  });

  /** Asks, and looks what had been called for the batch when the answer came. */
  async function ask(path: string): Promise<{ status: number; body: string }> {
    running.engine.before = async ({ method }) => {
      if (method === 'submit') running.timeline.mark('submit');
    };
    const { status, body } = await request(running, path);
    whenAnswered = running.timeline.events.filter((event) => event === 'submit' || event === 'finish');
    await running.runner.idle();
    return { status, body };
  }

  it.each(['value', 'promise', 'observable', 'file', 'attached'])(
    'are stored before it is sent, apart from the others, and run after it: %s',
    async (path) => {
      expect(await ask(`/${path}`)).toMatchObject({ status: 200, body: 'fine' });
      await timeline.until('audited c after success');
      await timeline.until('noted b after success');
      expect(whenAnswered).toEqual(['submit', 'finish']);
      expect(running.stored()).toEqual([['Mailer.send', 'Mailer.audit']]);
      expect(running.calls().slice(0, 2)).toEqual(['submit', 'release']);
    },
  );

  it('do not run before it is over', async () => {
    script.set('a', () => running.timeline.mark('step'));
    await ask('/value');
    await timeline.until('audited c after success');
    expect(running.timeline.indexOf('finish')).toBeLessThan(running.timeline.indexOf('step'));
  });

  it('of a guard and an interceptor are stored with those of the handler, in order', async () => {
    expect(await ask('/guarded')).toMatchObject({ status: 200 });
    await timeline.until('sent by an interceptor after success');
    expect(timeline.of('sent ')).toEqual(
      ['by the guard', 'by the handler', 'by an interceptor'].map((what) => `${what} after success`),
    );
    expect(running.stored()).toEqual([['Mailer.send', 'Mailer.send', 'Mailer.send']]);
  });

  it('are stored for a failure, before that is told, where they are meant for one', async () => {
    expect(await ask('/throws')).toMatchObject({ status: 418 });
    await timeline.until('audited always after failure');
    expect(whenAnswered).toEqual(['submit', 'finish']);
    expect(timeline.of('begins ')).toEqual(['failure', 'always']);
    expect(running.events.filter(({ type }) => type === 'skipped')).toMatchObject([{ reason: 'outcome' }]);
  });

  it('are counted, told of, and finished in the process that runs them', async () => {
    await ask('/value');
    await timeline.until('audited c after success');
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, stored: 2, succeeded: 3 });
    const ofDurable = running.events.filter((event) => 'batchId' in event && event.batchId === idOfStored(running));
    expect(ofDurable.map(({ type }) => type)).toEqual([
      'added',
      'added',
      'stored',
      'settled',
      'released',
      'started',
      'succeeded',
      'started',
      'succeeded',
      'finished',
    ]);
  });
});

function idOfStored({ events }: DurableRunning): string | undefined {
  const stored = events.find(({ type }) => type === 'stored');
  return stored?.type === 'stored' ? stored.batchId : undefined;
}
