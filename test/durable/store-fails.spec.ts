import { getEventListeners, getMaxListeners } from 'node:events';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  Catch,
  Controller,
  type ExceptionFilter,
  ForbiddenException,
  Get,
  type CanActivate,
  Injectable,
  Res,
  UseGuards,
  UseFilters,
  type ArgumentsHost,
} from '@nestjs/common';
import { BackgroundTasks, DurableStoreError } from 'nestjs-background-tasks';
import { platforms, type Reply, request } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, Mailer, timeline } from './mailer.js';

@Injectable()
class Denying implements CanActivate {
  constructor(
    private readonly mailer: Mailer,
    private readonly tasks: BackgroundTasks,
  ) {}

  canActivate(): never {
    this.tasks.addTask(this.mailer, 'audit', 'denied').with({ runOn: 'failure' });
    this.tasks.addTask(this.mailer, 'send', 'never');
    throw new ForbiddenException();
  }
}

@Catch(DurableStoreError)
class OwnWords implements ExceptionFilter {
  catch({ name }: DurableStoreError, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Reply>().status(503).send(`own words for ${name}`);
  }
}

@Controller()
class Points {
  constructor(private readonly mailer: Mailer) {}

  @Get('handler')
  handler(tasks: BackgroundTasks): string {
    tasks.addTask(this.mailer, 'send', 'mail');
    tasks.addTask(this.mailer, 'note', 'in this process');
    tasks.addTask(this.mailer, 'note', 'for a failure').with({ runOn: 'failure' });
    return 'fine';
  }

  @Get('filtered')
  @UseFilters(OwnWords)
  filtered(tasks: BackgroundTasks): string {
    return this.handler(tasks);
  }

  @Get('by-itself')
  byItself(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.handler(tasks);
    reply.status(201).send('fine');
  }

  @Get('afterwards')
  afterwards(@Res() reply: Reply, tasks: BackgroundTasks): void {
    reply.send('fine');
    tasks.addTask(this.mailer, 'send', 'mail');
    tasks.addTask(this.mailer, 'note', 'in this process');
  }

  @Get('denied')
  @UseGuards(Denying)
  denied(): string {
    return 'fine';
  }

  @Get('throws')
  throws(tasks: BackgroundTasks): never {
    tasks.addTask(this.mailer, 'audit', 'lost').with({ runOn: 'always' });
    throw new ForbiddenException('my own');
  }

  @Get('plain')
  plain(tasks: BackgroundTasks): string {
    tasks.addTask(this.mailer, 'note', 'in this process');
    return 'fine';
  }
}

describe.each(platforms)('where the engine fails on $name', (platform) => {
  let running: DurableRunning;

  beforeEach(async () => {
    beginAnew();
    running = await startDurable(platform, { controllers: [Points] });
  });

  const errors = (): string[] => running.logger.ofTasks('error').map(({ message }) => String(message));

  describe.each<[string, () => void]>([
    ['out of reach', () => (running.engine.down = true)],
    ['hanging', () => (running.engine.hanging = true)],
  ])('and is %s', (_, fail) => {
    it.each(['/handler', '/by-itself'])('the client gets 503, and nothing for a success runs: %s', async (path) => {
      fail();
      const { status, body } = await request(running, path);
      expect([status, JSON.parse(body)]).toEqual([
        503,
        { statusCode: 503, error: 'Service Unavailable', message: expect.stringContaining('"Mailer.send"') },
      ]);
      await running.runner.idle();
      await timeline.until('noted for a failure after failure');
      expect(timeline.of('begins ')).toEqual(['for a failure']);
      expect(running.logger.ofTasks('warn')).toMatchObject([
        { message: expect.stringMatching(/^Durable background tasks cannot be stored, and .* told so: Error: .*\.$/) },
      ]);
    });

    it('the 503 of a handler passes the exception filters', async () => {
      fail();
      expect(await request(running, '/filtered')).toMatchObject({
        status: 503,
        body: 'own words for DurableStoreError',
      });
    });

    it.each([
      ['/denied', 403, 'Mailer.audit'],
      ['/throws', 403, 'Mailer.audit'],
    ])('an answer that is an error stays what it is, and what is lost is logged: %s', async (path, status, lost) => {
      fail();
      expect(await request(running, path)).toMatchObject({ status });
      await running.runner.idle();
      expect(errors()).toEqual([expect.stringContaining(`"${lost}" could not be stored, and will not run`)]);
      expect(running.events.filter(({ type }) => type === 'failed')).toMatchObject([{ name: lost, attempt: 0 }]);
      expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, failed: 1 });
    });

    it('a response without durable tasks is none of its business', async () => {
      fail();
      expect(await request(running, '/plain')).toMatchObject({ status: 200, body: 'fine' });
      await timeline.until('noted in this process after success');
    });
  });

  it('what it stores after all, too late, is discarded', async () => {
    const late = deferred();
    running.engine.before = ({ method }) => (method === 'submit' ? late.promise : Promise.resolve());
    expect(await request(running, '/handler')).toMatchObject({ status: 503 });
    expect(running.calls()).toEqual(['submit']);
    late.resolve();
    await running.engine.until('discard');
    expect(running.calls()).toEqual(['submit', 'discard']);
    await running.runner.idle();
    expect(timeline.of('begins ')).toEqual(['for a failure']);
  });

  it('what is added after the answer was sent is tried again, and changes nothing for what runs in this process', async () => {
    let isFirst = true;
    running.engine.before = async ({ method }) => {
      if (method !== 'submit' || !isFirst) return;
      isFirst = false;
      throw new Error('out of reach for a moment');
    };
    expect(await request(running, '/afterwards')).toMatchObject({ status: 200, body: 'fine' });
    await timeline.until('noted in this process after success');
    await timeline.until('sent mail after success');
    expect(running.calls().filter((method) => method === 'submit')).toHaveLength(2);
  });

  it('releases that are under way listen for the end of the application, however many, without a warning of Node', async () => {
    const listens = jest.spyOn(EventTarget.prototype, 'addEventListener');
    const answer = deferred();
    running.engine.before = ({ method }) => (method === 'release' ? answer.promise : Promise.resolve());
    await Promise.all(Array.from({ length: 12 }, () => request(running, '/handler')));
    await running.engine.until('release', 12);
    const signals = [...new Set(listens.mock.contexts)].filter((target) => target instanceof AbortSignal);
    const warnedOf = signals.filter((signal) => getEventListeners(signal, 'abort').length > getMaxListeners(signal));
    listens.mockRestore();
    answer.resolve();
    await running.runner.idle();
    expect(signals).not.toHaveLength(0);
    expect(warnedOf).toHaveLength(0);
  });

  it('a release that fails is tried again', async () => {
    let isFirst = true;
    running.engine.before = async ({ method }) => {
      if (method !== 'release' || !isFirst) return;
      isFirst = false;
      throw new Error('out of reach for a moment');
    };
    expect(await request(running, '/handler')).toMatchObject({ status: 200 });
    await timeline.until('sent mail after success');
    expect(running.calls()).toEqual(['submit', 'release', 'release']);
  });
});
