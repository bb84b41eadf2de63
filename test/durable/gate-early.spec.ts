import { describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { fastify, platforms, type Reply, request, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { at, describeBroken, expectLost, expectRefused, Mailer, mails, startDurable, stored } from './scene.js';

/** Adds one task for each end. */
function addBoth(mailer: Mailer, tasks: BackgroundTasks): void {
  mailer.add(tasks, 'a');
  mailer.add(tasks, 'for an error', 'failure');
}

@Injectable()
class AddsAndDenies implements CanActivate {
  constructor(
    private readonly mailer: Mailer,
    private readonly tasks: BackgroundTasks,
  ) {}

  canActivate(): boolean {
    addBoth(this.mailer, this.tasks);
    return false;
  }
}

@Injectable()
class AddsAndAnswers implements CanActivate {
  constructor(
    private readonly mailer: Mailer,
    private readonly tasks: BackgroundTasks,
  ) {}

  /** Nest goes no further than this. */
  canActivate(context: ExecutionContext): Promise<boolean> {
    addBoth(this.mailer, this.tasks);
    context.switchToHttp().getResponse<Reply>().status(202).send('from the guard');
    return new Promise(() => {});
  }
}

@Controller()
class Guarded {
  @Get('denied')
  @UseGuards(AddsAndDenies)
  denied(): string {
    return 'never';
  }

  @Get('answered')
  @UseGuards(AddsAndAnswers)
  answered(): string {
    return 'never';
  }

  @Get('handled')
  handled(): string {
    return 'fine';
  }
}

interface Incoming {
  readonly url: string;
}

/** Attaches one for each end to every response but those of guards, and answers some. */
function around(mailer: Mailer, { url }: Incoming, reply: Reply, next: () => void): void {
  if (url.startsWith('/denied') || url.startsWith('/answered')) return next();
  reply.background = new BackgroundTask(mailer, 'send', 'a');
  reply.background = new BackgroundTask(mailer, 'send', 'for an error').with({ runOn: 'failure' });
  if (url === '/middleware/fine') reply.send('from middleware');
  else if (url === '/middleware/no') reply.status(401).send('no');
  else next();
}

/** Where a response of the platform is at hand: in middleware, or in a hook. */
function putAround(app: INestApplication): void {
  const mailer = app.get(Mailer);
  const instance = app.getHttpAdapter().getInstance() as { addHook?: (name: string, hook: unknown) => void };
  const hook = (incoming: Incoming, reply: Reply, next: () => void): void => around(mailer, incoming, reply, next);
  if (instance.addHook === undefined) app.use(hook);
  else instance.addHook('onRequest', hook);
}

describe.each(platforms)('what is added before a handler, on $name,', (platform) => {
  const begin = (): Promise<Running> => startDurable(platform, { controllers: [Guarded] }, putAround);

  it.each([
    ['/answered', 202, 'from the guard'],
    ['/middleware/fine', 200, 'from middleware'],
    ['/handled', 200, 'fine'],
  ])('is stored before the answer, as its status says: %s', async (path, status, body) => {
    const running = await begin();
    expect(await request(running, path)).toMatchObject({ status, body });
    expect([at.out, stored()]).toEqual([[0], [['a']]]);
    await timeline.until('mail a after success');
    await running.runner.idle();
    expect(mails()).toEqual(['a after success']);
  });

  const denials: Array<[path: string, status: number]> = [
    ['/denied', 403],
    ['/middleware/no', 401],
    ['/nowhere', 404],
  ];

  it.each(denials)('is stored, if it is for a failure, before a denial: %s', async (path, status) => {
    const running = await begin();
    expect(await request(running, path)).toMatchObject({ status });
    expect([at.out, stored()]).toEqual([[0], [['for an error']]]);
    await timeline.until('mail for an error after failure');
    await running.runner.idle();
    expect(mails()).toEqual(['for an error after failure']);
  });

  describeBroken((breaks) => {
    it.each(['/answered', '/middleware/fine', '/handled'])('turns the answer into a 503: %s', async (path) => {
      const running = await begin();
      breaks(at.engine);
      await expectRefused(await request(running, path), running);
    });

    it.each(denials)('changes no denial, but its loss is logged: %s', async (path, status) => {
      const running = await begin();
      breaks(at.engine);
      const { status: told, body } = await request(running, path);
      expect(told).toBe(status);
      expect(body).not.toContain('store');
      await running.runner.idle();
      expect([stored(), mails()]).toEqual([[], []]);
      expectLost(running, 'Mailer.send');
      expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0 });
    });
  });
});

describe('the headers that Fastify sends with a reply', () => {
  it('are those of the 503 in its place, but for the body’s', async () => {
    const running = await startDurable(fastify, { controllers: [Guarded] }, (app) => {
      app.enableCors({ origin: 'https://elsewhere.example' });
      putAround(app);
    });
    at.engine.down = true;
    const answer = await request(running, '/handled');
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://elsewhere.example',
      'content-type': 'application/json; charset=utf-8',
    });
    await expectRefused(answer, running);
  });
});
