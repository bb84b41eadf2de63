import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  All,
  type CallHandler,
  type CanActivate,
  Controller,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type NestModule,
  RequestMethod,
  VersioningType,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { InspectorModule } from 'nestjs-background-tasks/inspector';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import type { Request } from 'express';
import session, { type SessionData } from 'express-session';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import helmet from 'helmet';
import { map } from 'rxjs';
import {
  express,
  fastify,
  type Platform,
  platforms,
  type Prepare,
  request,
  type Running,
  start,
} from '../harness/application.js';
import { useMiddleware } from '../harness/nest.js';
import { ask, EventStream } from './ask.js';
import { inspector, Office, type Told } from './scene.js';

@Controller()
class CatchAll {
  @All('*')
  all(): string {
    return 'caught';
  }
}

const denyAll: CanActivate = { canActivate: () => false };

const wrap: NestInterceptor = {
  intercept: (_, next: CallHandler) => next.handle().pipe(map((data: unknown) => ({ data }))),
};

const prepareAll: Prepare = (app) => {
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  app.useGlobalGuards(denyAll);
  app.useGlobalInterceptors(wrap);
  app.enableCors({ origin: true, credentials: true });
};

/** Whatever a page asks for: relative to the last segment of its own address. */
const PAGE = ['', '/app.js', '/app.css', '/icon.svg', '/batches'];

const proxies = new Set<http.Server>();

afterEach(() => {
  proxies.forEach((proxy) => proxy.close());
  proxies.clear();
});

async function expectServed(running: { port: number }, path: string): Promise<void> {
  for (const suffix of PAGE) expect((await ask(running, `${path}${suffix}`)).status).toBe(200);
  const { body } = await ask(running, `${path}/batches`);
  expect((JSON.parse(body) as Told).v).toBe(1);
  const stream = await EventStream.open(running, `${path}/events`);
  expect((await stream.next<Told>('snapshot')).v).toBe(1);
  stream.hangUp();
}

describe.each(platforms)('the inspector on $name', (platform) => {
  it('is at its path, whichever slashes that has', async () => {
    const running = await start(platform, { imports: [inspector({ path: '/admin/tasks/' })] });
    await expectServed(running, '/admin/tasks');
  });

  it('is below the global prefix, and neither guarded, wrapped, nor versioned', async () => {
    const metadata = { controllers: [Office], imports: [inspector()] };
    const running = await start(platform, metadata, prepareAll);
    await expectServed(running, '/api/inspector');
    expect((await request(running, '/api/v1/nothing')).status).toBe(403);
    expect((await ask(running, '/inspector')).status).toBe(404);
  });

  it.each([
    ['with all that is below it', [{ path: 'inspector{/*rest}', method: RequestMethod.ALL }]],
    ['as Nest reads a text', ['inspector{/*rest}']],
  ])('is outside the global prefix where it is excluded: %s', async (_, exclude) => {
    const running = await start(platform, { imports: [inspector()] }, (app) => {
      app.setGlobalPrefix('api', { exclude });
    });
    await expectServed(running, '/inspector');
    expect((await ask(running, '/api/inspector')).status).toBe(404);
  });

  it('ends the start where it is excluded, and what is below it is not', async () => {
    const started = start(platform, { imports: [inspector()] }, (app) => {
      app.setGlobalPrefix('api', { exclude: ['inspector'] });
    });
    await expect(started).rejects.toThrow(
      'Cannot mount the inspector: `exclude` of setGlobalPrefix() has `inspector`, and not everything below it. Exclude ' +
        '`inspector{/*rest}`, or nothing of the inspector.',
    );
  });

  it('comes before the catch-all of a controller', async () => {
    const running = await start(platform, { controllers: [CatchAll], imports: [inspector()] });
    await expectServed(running, '/inspector');
    expect((await ask(running, '/elsewhere')).body).toBe('caught');
  });

  it('leads from a slash at its end to where its page works', async () => {
    const running = await start(platform, { imports: [inspector({ path: 'admin/tasks' })] });
    const { status, headers } = await ask(running, '/admin/tasks/?q=mail');
    expect(status).toBe(302);
    expect(headers.location).toBe('../tasks?q=mail');
    expect(new URL(headers.location ?? '', 'http://example.com/admin/tasks/').pathname).toBe('/admin/tasks');
  });

  it('works behind a proxy that takes a part of the path off', async () => {
    const running = await start(platform, { imports: [inspector({ path: 'admin/tasks' })] });
    const port = await proxyTo(running, '/shop');
    await expectServed({ port }, '/shop/admin/tasks');
    const { headers } = await ask({ port }, '/shop/admin/tasks/');
    expect(new URL(headers.location ?? '', 'http://example.com/shop/admin/tasks/').pathname).toBe('/shop/admin/tasks');
  });

  it('says itself what browsers may do with it, whatever helmet and CORS middleware say', async () => {
    const running = await start(platform, { controllers: [Office], imports: [inspector()] }, async (app) => {
      app.enableCors({ origin: true, credentials: true });
      await useMiddleware(app, helmet());
    });
    const headers = { cookie: 'admin=yes', origin: 'https://elsewhere.example' };
    const own = await ask(running, '/inspector/batches', { headers });
    expect(own.status).toBe(200);
    expect(own.headers['content-security-policy']).toMatch(/^default-src 'none'/);
    expect(own.headers['x-frame-options']).toBe('DENY');
    expect(Object.keys(own.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    const other = await ask(running, '/nothing', { headers });
    expect(other.headers['content-security-policy']).toMatch(/^default-src 'self'/);
    expect(other.headers['access-control-allow-origin']).toBe('https://elsewhere.example');
  });

  it('refuses what is thrown at its addresses', async () => {
    const running = await start(platform, { imports: [inspector()] });
    for (const id of ['..', '%2e%2e', '%', 'x'.repeat(5000), '%00', '<script>']) {
      const { status, body } = await ask(running, encodeURI(`/inspector/batches/${id}/trace`));
      expect([400, 404, 414]).toContain(status);
      expect(body).not.toContain('<script>');
    }
  });
});

describe('the inspector on Fastify', () => {
  it.each([{ ignoreTrailingSlash: true }, { routerOptions: { ignoreTrailingSlash: true } }])(
    'leads from a slash at its end to its page where Fastify ignores it, by %p',
    async (options) => {
      const ignoring = { ...fastify, adapter: () => new FastifyAdapter(options) };
      const running = await start(ignoring, { imports: [inspector()] });
      await expectServed(running, '/inspector');
      expect((await ask(running, '/inspector/')).headers.location).toBe('../inspector');
    },
  );

  it('is no reason for a first middleware of the library', async () => {
    let given = 0;
    const count: Prepare = (app) => {
      const adapter = app.getHttpAdapter();
      const use = adapter.use.bind(adapter) as (...args: unknown[]) => unknown;
      adapter.use = (...args: [never]) => {
        given++;
        return use(...args);
      };
    };
    await start(fastify, { imports: [BackgroundTasksModule, inspector()] }, count);
    expect(given).toBe(0);
  });
});

interface Visit extends IncomingMessage {
  session: SessionData & { isAdmin?: boolean };
  raw?: Visit;
}

const inSession = (visit: Visit): boolean => (visit.raw ?? visit).session?.isAdmin === true;

const newSession = () => session({ secret: 'secret', resave: false, saveUninitialized: false });

const logIn = (visit: Visit, _: unknown, next: () => void): void => {
  if (visit.headers.authorization === 'admin') visit.session.isAdmin = true;
  next();
};

const addSessions = (consumer: MiddlewareConsumer): void => {
  consumer.apply(newSession(), logIn).forRoutes('{*path}');
};

@Module({})
class DeepSessions implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    addSessions(consumer);
  }
}

@Module({ imports: [DeepSessions] })
class Between {}

const options = { path: 'inspector', authorize: inSession };

@Module({ imports: [BackgroundTasksModule, InspectorModule.forRoot(options)] })
class SessionsInRoot implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    addSessions(consumer);
  }
}

@Module({ imports: [BackgroundTasksModule, InspectorModule.forRoot(options), Between] })
class SessionsInDepth {}

@Module({ imports: [BackgroundTasksModule, InspectorModule.forRoot(options)] })
class SessionsElsewhere {}

const useSessions: Prepare = async (app: INestApplication) => {
  await useMiddleware(app, newSession() as never);
  await useMiddleware(app, logIn);
};

describe.each(platforms)('`authorize` on $name', (platform) => {
  it.each<[string, unknown, Prepare | undefined]>([
    ['given to `app.use()`', SessionsElsewhere, useSessions],
    ['of the root module', SessionsInRoot, undefined],
    ['of a module farther from the root', SessionsInDepth, undefined],
  ])('knows the sessions %s', async (_, module, prepare) => {
    const running = await startModule(platform, module, prepare);
    expect((await ask(running, '/inspector/batches', { headers: {} })).status).toBe(403);
    const first = await ask(running, '/inspector/batches', { headers: { authorization: 'admin' } });
    expect(first.status).toBe(200);
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    const again = await ask(running, '/inspector/batches', { headers: { cookie: cookie.split(';')[0] } });
    expect(again.status).toBe(200);
  });
});

/** Sessions of Fastify's own, and who asks for one with a header gets that of an admin. */
const registerSessions: Prepare = async (app) => {
  const instance = app.getHttpAdapter().getInstance() as FastifyInstance;
  await instance.register(fastifyCookie);
  await instance.register(fastifySession, { secret: 'a secret of at least 32 characters', cookie: { secure: false } });
  instance.addHook('preHandler', async (visit: FastifyRequest) => {
    if (visit.headers.authorization === 'admin') Reflect.set(visit.session, 'isAdmin', true);
  });
};

describe('`authorize` on Fastify', () => {
  it('knows the sessions that plugins and hooks have put on the request', async () => {
    const authorize = ({ session: own }: FastifyRequest): boolean => Reflect.get(own, 'isAdmin') === true;
    const running = await start(fastify, { imports: [inspector({ authorize })] }, registerSessions);
    expect((await ask(running, '/inspector/batches', { headers: {} })).status).toBe(403);
    expect((await ask(running, '/inspector/batches', { headers: { authorization: 'admin' } })).status).toBe(200);
  });
});

describe('`authorize` on Express', () => {
  it('may answer by itself, such as by a redirect to where one logs in', async () => {
    const authorize = async ({ res }: Request): Promise<boolean> => {
      await Promise.resolve();
      res?.redirect('/login');
      return false;
    };
    const running = await start(express, { imports: [inspector({ authorize })] });
    const { status, headers } = await ask(running, '/inspector');
    expect({ status, location: headers.location }).toEqual({ status: 302, location: '/login' });
    expect(running.logger.ofTasks('error')).toEqual([]);
  });
});

async function startModule(platform: Platform, module: unknown, prepare?: Prepare): Promise<Running> {
  return start(platform, { imports: [module as never] }, prepare);
}

/** A proxy that takes `prefix` off, and returns its port. */
async function proxyTo({ port }: Running, prefix: string): Promise<number> {
  const proxy = http.createServer((incoming, outgoing) => {
    const path = incoming.url?.slice(prefix.length);
    const options = { host: '127.0.0.1', port, path, method: incoming.method, headers: incoming.headers };
    const asked = http.request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
      outgoing.once('close', () => asked.destroy());
    });
    asked.on('error', () => outgoing.destroy());
    incoming.pipe(asked);
  });
  proxies.add(proxy);
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return (proxy.address() as AddressInfo).port;
}
