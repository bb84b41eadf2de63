import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type NestModule,
  Param,
  Scope,
} from '@nestjs/common';
import express, { type NextFunction, type Request, type Response } from 'express';
import multer from 'multer-1';
import { BackgroundTasksModule, UseBackgroundTasks } from 'nestjs-background-tasks';
import { Observable } from 'rxjs';
import {
  express as onExpress,
  fastify,
  type Platform,
  platforms,
  request,
  type Running,
  start,
} from '../harness/application.js';
import { nest, useMiddleware } from '../harness/nest.js';
import {
  Adds,
  type AnyRequest,
  answered,
  EverywhereModule,
  failed,
  followed,
  idOf,
} from './foreign-callbacks/adders.js';
import { type Pool, poolKinds, SharedConnection } from './foreign-callbacks/pools.js';

type Next = (error?: Error | null) => void;

let pool: Pool;
let adds: Adds;

@Controller()
class Followed {
  constructor(private readonly own: Adds) {}

  @Get('alone/:id')
  @UseBackgroundTasks()
  async alone(@Param('id') id: string): Promise<string> {
    this.own.add('handler', id);
    await Promise.resolve();
    this.own.add('handler, later', id);
    return id;
  }
}

@Module({ imports: [EverywhereModule] })
class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    const asks = (_request: AnyRequest, _response: unknown, next: Next): void => pool.ask(next);
    const behind = (own: AnyRequest, _response: unknown, next: Next): void => {
      adds.add('middleware behind', own);
      next();
    };
    consumer.apply(asks, behind).forRoutes('*path');
  }
}

async function startWith(
  platform: Platform,
  make: () => Pool,
  prepare: (app: INestApplication) => unknown = () => undefined,
): Promise<Running> {
  pool = make();
  return start(
    platform,
    { imports: [BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT }), AppModule] },
    async (app) => {
      adds = app.get(Adds);
      await prepare(app);
    },
  );
}

afterEach(() => pool.end());

/** Sends requests of which each asks the pool while others wait for it. */
async function sendAll(running: Running, paths: readonly string[]): Promise<number[]> {
  const answers = await Promise.all(paths.map((path) => request(running, path)));
  await running.runner.idle();
  return answers.map(({ status }) => status);
}

describe.each(platforms)(
  'on $name, with Scope.DEFAULT, behind middleware that answers in another async context',
  (platform) => {
    for (const { name, make, absence } of poolKinds) {
      if (absence !== undefined) {
        console.warn(`Not tried: ${name}. ${absence}`);
        continue;
      }
      it(`(${name}) everything finds its own request`, async () => {
        const running = await startWith(platform, make);
        const statuses = await sendAll(running, ['/answers/1', '/fails/2', '/followed/3', '/answers/4', '/nothing/5']);
        expect(statuses).toEqual([200, 500, 200, 200, 404]);
        const behind = 'middleware behind';
        expect(adds.places).toEqual({
          1: [behind, ...answered],
          2: [behind, ...failed],
          3: [behind, ...followed],
          4: [behind, ...answered],
          5: [behind, 'filter'],
        });
      });
    }
  },
);

const hasMade = (): Pool => new SharedConnection();

/** What answers without Nest. */
const answer = (request: Request, response: Response): void => {
  adds.add('answer', request);
  response.send('fine');
};

const asks = (_request: unknown, _response: unknown, next: Next): void => pool.ask(next);

const adding =
  (place: string) =>
  (own: AnyRequest, _response: unknown, next: Next): void => {
    adds.add(place, own);
    next();
  };

describe.each(platforms)('on $name, with Scope.DEFAULT, a function given to app.use()', (platform) => {
  /** Whether it stands before the middleware of modules: Fastify takes it before the application is initialized since 11.1. */
  const isFirst = !platform.isFastify || nest.keepsMiddleware;

  it('before the application is initialized finds its own request, and so does what stands behind it', async () => {
    const running = await startWith(platform, hasMade, async (app) => {
      await useMiddleware(app, adding('first'));
      await useMiddleware(app, asks);
      await useMiddleware(app, adding('second'));
    });
    expect(await sendAll(running, ['/answers/1', '/fails/2', '/followed/3'])).toEqual([200, 500, 200]);
    const before = isFirst ? ['first', 'second', 'middleware behind'] : ['middleware behind', 'first', 'second'];
    expect(adds.places).toEqual({
      1: [...before, ...answered],
      2: [...before, ...failed],
      3: [...before, ...followed],
    });
  });

  it('after that finds its own request', async () => {
    const running = await startWith(platform, hasMade, async (app) => {
      await app.init();
      app.use('/answers', adding('late'));
    });
    const statuses = await sendAll(running, ['/answers/1', '/answers/2']);
    expect(statuses).toEqual([200, 200]);
    // Express asks it where the routes of Nest have not answered
    const late = platform.isFastify ? ['middleware behind', 'late'] : ['middleware behind'];
    expect(adds.places).toEqual({ 1: [...late, ...answered], 2: [...late, ...answered] });
  });

  it('may fail in another async context: the filter finds its own request', async () => {
    const running = await startWith(platform, hasMade, (app) =>
      useMiddleware(app, (own: AnyRequest, _response: unknown, next: Next) => {
        pool.ask(() => next(idOf(own) === '1' ? null : new Error('on purpose')));
      }),
    );
    expect(await sendAll(running, ['/answers/1', '/answers/2', '/answers/3'])).toEqual([200, 500, 500]);
    const before = isFirst ? [] : ['middleware behind'];
    expect(adds.places).toEqual({
      1: ['middleware behind', ...answered],
      2: [...before, 'filter'],
      3: [...before, 'filter'],
    });
  });
});

describe.each(platforms)('on $name, with Scope.DEFAULT, a handler that is followed', (platform) => {
  it('finds its own request behind an interceptor that goes on in another async context', async () => {
    const goesOn: NestInterceptor = {
      intercept: (_, next) =>
        new Observable((subscriber) => pool.ask(() => subscriber.add(next.handle().subscribe(subscriber)))),
    };
    pool = hasMade();
    const running = await start(
      platform,
      {
        controllers: [Followed],
        providers: [Adds],
        imports: [BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT })],
      },
      (app) => void app.useGlobalInterceptors(goesOn),
    );
    adds = running.app.get(Adds);
    expect(await sendAll(running, ['/alone/1', '/alone/2', '/alone/3'])).toEqual([200, 200, 200]);
    const places = ['handler', 'handler, later'];
    expect(adds.places).toEqual({ 1: places, 2: places, 3: places });
  });
});

const { resolve } = createRequire(import.meta.url);
const nestsExpress = createRequire(resolve('@nestjs/platform-express'))('express') as typeof express;

describe('on Express, with Scope.DEFAULT, everything finds its own request', () => {
  const parts = [
    ['a router', () => express.Router()],
    // Nest's own copy: what another one calls cannot be entered
    ['an application', () => nestsExpress()],
  ] as const;

  it.each(parts)('in %s of the application’s own', async (_, make) => {
    const running = await startWith(onExpress, hasMade, (app) => {
      const part = make();
      app.use('/own', part.use(asks, adding('behind')));
      part.get('/:id', asks, answer);
    });
    expect(await sendAll(running, ['/own/1', '/own/2', '/own/3'])).toEqual([200, 200, 200]);
    expect(adds.places).toEqual({ 1: ['behind', 'answer'], 2: ['behind', 'answer'], 3: ['behind', 'answer'] });
  });

  it('in a router within a router, and behind it', async () => {
    const running = await startWith(onExpress, hasMade, (app) => {
      const inner = express.Router().use(asks, adding('inner'), asks);
      app.use(express.Router().use(inner, adding('outer'), asks));
    });
    expect(await sendAll(running, ['/answers/1', '/answers/2'])).toEqual([200, 200]);
    const places = ['inner', 'outer', 'middleware behind', ...answered];
    expect(adds.places).toEqual({ 1: places, 2: places });
  });

  it('behind an upload whose end comes later (multer 1)', async () => {
    const uploads = new Map<string, () => void>();
    const running = await startWith(onExpress, hasMade, (app) => {
      app.use('/upload', (own: Request, _response: Response, next: NextFunction) => {
        uploads.get(idOf(own))?.();
        next();
      });
      app.use('/upload', multer().single('file'), adding('behind'), answer);
    });
    await Promise.all(['1', '2', '3'].map((id) => upload(running, id, uploads)));
    await running.runner.idle();
    expect(adds.places).toEqual({ 1: ['behind', 'answer'], 2: ['behind', 'answer'], 3: ['behind', 'answer'] });
  });
});

/** Uploads a file, and its end only when the request is known. */
async function upload({ port }: Running, id: string, uploads: Map<string, () => void>): Promise<void> {
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const outgoing = http.request({ port, host: '127.0.0.1', method: 'POST', path: `/upload/${id}`, headers });
  uploads.set(id, () => outgoing.end('\r\n--x--\r\n'));
  outgoing.write('--x\r\ncontent-disposition: form-data; name="file"; filename="file"\r\n\r\nbegins');
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  expect(response.statusCode).toBe(200);
  response.resume();
}

/** What the specs use of Fastify itself. */
interface FastifyItself {
  addHook(name: string, hook: (request: AnyRequest, reply: unknown, done: () => void) => void): void;
  get(path: string, options: object, handler: (request: AnyRequest) => string): void;
  register(plugin: (instance: FastifyItself) => Promise<void>): Promise<void>;
}

const itself = (app: INestApplication): FastifyItself => app.getHttpAdapter().getInstance();

describe('on Fastify, with Scope.DEFAULT, everything finds its own request', () => {
  const asking = (_request: AnyRequest, _reply: unknown, done: () => void): void => pool.ask(() => done());
  const addingHook =
    (place: string) =>
    (own: AnyRequest, _reply: unknown, done: () => void): void => {
      adds.add(place, own);
      done();
    };

  it.each(['onRequest', 'preParsing', 'preValidation', 'preHandler'])('behind hooks of %s', async (name) => {
    const running = await startWith(fastify, hasMade, (app) => {
      const instance = itself(app);
      for (const hook of [asking, addingHook('first'), asking, addingHook('second'), asking]) {
        instance.addHook(name, name === 'preParsing' ? withPayload(hook) : hook);
      }
    });
    expect(await sendAll(running, ['/answers/1', '/fails/2', '/followed/3', '/nothing/4'])).toEqual([
      200, 500, 200, 404,
    ]);
    const hooks = (places: readonly string[]): string[] =>
      ['first', 'middleware behind', 'second', ...places].toSorted();
    const sorted = Object.entries(adds.places).map(([id, places]) => [id, places.toSorted()]);
    expect(Object.fromEntries(sorted)).toEqual({
      1: hooks(answered),
      2: hooks(failed),
      3: hooks(followed),
      4: hooks(['filter']),
    });
  });

  it('in a plugin of the application’s own, with hooks of the plugin and of the route', async () => {
    const running = await startWith(fastify, hasMade, async (app) => {
      await app.init();
      await itself(app).register(plugin);
    });
    expect(await sendAll(running, ['/own/1', '/own/2', '/own/3'])).toEqual([200, 200, 200]);
    const places = ['middleware behind', 'of the plugin', 'of the route', 'answer'];
    expect(adds.places).toEqual({ 1: places, 2: places, 3: places });
  });

  async function plugin(instance: FastifyItself): Promise<void> {
    instance.addHook('preHandler', asking);
    instance.addHook('preHandler', addingHook('of the plugin'));
    instance.get('/own/:id', { preHandler: [asking, addingHook('of the route'), asking] }, (own) => {
      adds.add('answer', own);
      return 'fine';
    });
  }
});

type PayloadHook = (request: AnyRequest, reply: unknown, payload: unknown, done: () => void) => void;

/** The same hook, for a step that hands on a payload. */
function withPayload(hook: (request: AnyRequest, reply: unknown, done: () => void) => void): never {
  const wrapped: PayloadHook = (own, reply, _payload, done) => hook(own, reply, done);
  return wrapped as never;
}
