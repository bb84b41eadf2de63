import { Readable } from 'node:stream';
import fastifyCompress from '@fastify/compress';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Req, Res, StreamableFile } from '@nestjs/common';
import compression from 'compression';
import session from 'express-session';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { express, fastify, type Prepare, type Platform, type Reply, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { at, describeBroken, expectRefused, Mailer, startDurable, stored } from './scene.js';

const LARGE = 'x'.repeat(300_000);
const SECRET = 'only for tests, and of at least thirty-two characters';

interface WithSession {
  readonly session: { visits?: number };
}

/** By shape: each Nest has a Fastify of its own, whose types are others. */
interface TakesPlugins {
  register(plugin: unknown, options?: object): PromiseLike<unknown>;
}

@Controller()
class Answers {
  constructor(private readonly mailer: Mailer) {}

  @Get('returns')
  returns(@Req() request: WithSession, tasks: BackgroundTasks): string {
    this.#visit(request, tasks);
    return LARGE;
  }

  @Get('sends')
  sends(@Req() request: WithSession, @Res() reply: Reply, tasks: BackgroundTasks): void {
    this.#visit(request, tasks);
    reply.send(LARGE);
  }

  @Get('streams')
  streams(@Req() request: WithSession, tasks: BackgroundTasks): StreamableFile {
    this.#visit(request, tasks);
    return new StreamableFile(Readable.from([Buffer.from(LARGE.slice(0, 100_000)), Buffer.from(LARGE.slice(100_000))]));
  }

  #visit(request: WithSession, tasks: BackgroundTasks): void {
    request.session.visits = (request.session.visits ?? 0) + 1;
    this.mailer.add(tasks, 'a');
  }
}

function onExpress(app: INestApplication): void {
  app.use(compression(), session({ secret: SECRET, resave: false, saveUninitialized: false }));
}

async function onFastify(app: INestApplication): Promise<void> {
  const fastifyApp = app as INestApplication & TakesPlugins;
  await fastifyApp.register(fastifyCompress);
  await fastifyApp.register(fastifyCookie);
  await fastifyApp.register(fastifySession, { secret: SECRET, cookie: { secure: false } });
}

async function get({ port }: Running, path: string) {
  const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { headers: { connection: 'close' } });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

const setUps: Array<[Platform['name'], Platform, Prepare]> = [
  ['Express', express, onExpress],
  ['Fastify', fastify, onFastify],
];

describe.each(setUps)(
  'on %s, a response with the compression and the sessions that people use',
  (_, platform, prepare) => {
    const begin = (): Promise<Running> => startDurable(platform, { controllers: [Answers] }, prepare);

    it.each(['returns', 'sends', 'streams'])('goes out, whole, when its tasks are stored: %s', async (path) => {
      const { status, headers, body } = await get(await begin(), path);
      expect([status, headers.get('content-encoding')]).toEqual([200, expect.stringMatching(/^(gzip|br|zstd)$/)]);
      expect(headers.get('set-cookie')).toMatch(/^(connect\.sid|sessionId)=/);
      expect(body).toBe(LARGE);
      expect([at.out, stored()]).toEqual([[0], [['a']]]);
      await timeline.until('mail a after success');
    });

    describeBroken((breaks) => {
      it.each(['returns', 'sends', 'streams'])('is replaced: %s', async (path) => {
        const running = await begin();
        breaks(at.engine);
        await expectRefused(await get(running, path), running);
      });
    });
  },
);
