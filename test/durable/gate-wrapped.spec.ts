import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Res } from '@nestjs/common';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { express, type Reply, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { turn } from '../harness/bare-server.js';
import { compress, keepSession } from '../harness/response-wrappers.js';
import { at, describeBroken, expectRefused, Mailer, startDurable, stored } from './scene.js';

const LARGE = 'x'.repeat(300_000);

@Controller()
class Answers {
  constructor(private readonly mailer: Mailer) {}

  @Get('returns')
  returns(tasks: BackgroundTasks): string {
    this.mailer.add(tasks, 'a');
    return LARGE;
  }

  @Get('sends')
  sends(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    reply.send(LARGE);
  }

  @Get('pipes')
  pipes(@Res() response: ServerResponse, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    Readable.from(['x'.repeat(100_000), 'x'.repeat(200_000)]).pipe(response);
  }
}

type Response = ServerResponse & { background?: unknown };
type Next = () => void;

/** What is put in front of the routes, as `app.use(compression(), session())` does. */
function wrap(_: unknown, response: Response, next: Next): void {
  compress(response);
  keepSession(response, async () => {
    await turn();
    timeline.mark('session saved');
  });
  next();
}

/** Middleware that comes before the others, and adds the first task. */
function addBefore(app: INestApplication): void {
  const mailer = app.get(Mailer);
  app.use((_: unknown, response: Response, next: Next) => {
    response.background = new BackgroundTask(mailer, 'send', 'first');
    next();
  });
}

const orders: Array<[where: string, prepare: (app: INestApplication) => void, mails: string[]]> = [
  ['around what holds it back', (app) => void app.use(wrap), ['a']],
  [
    'within it',
    (app) => {
      addBefore(app);
      app.use(wrap);
    },
    ['first', 'a'],
  ],
];

async function get({ port }: Running, path: string) {
  const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { headers: { connection: 'close' } });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

describe.each(orders)('a response with compression and a session %s', (_, prepare, mails) => {
  const begin = (): Promise<Running> => startDurable(express, { controllers: [Answers] }, prepare);

  it.each(['returns', 'sends', 'pipes'])('goes out, whole, when its tasks are stored: %s', async (path) => {
    const running = await begin();
    const { status, headers, body } = await get(running, path);
    expect([status, headers.get('content-encoding'), headers.get('set-cookie')]).toEqual([200, 'gzip', 'session=1']);
    expect(body).toBe(LARGE);
    expect([at.out, stored()]).toEqual([[0], [mails]]);
    await timeline.until('mail a after success');
    expect(timeline.count('session saved')).toBe(1);
  });

  describeBroken((breaks) => {
    it.each(['returns', 'sends', 'pipes'])('is replaced: %s', async (path) => {
      const running = await begin();
      breaks(at.engine);
      const answer = await get(running, path);
      await expectRefused(answer, running);
      expect(answer.headers.get('set-cookie')).toBe('session=1');
    });
  });
});
