import type { AddressInfo, Server } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, type INestApplication, type ModuleMetadata, Scope, type Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { type ClientProxy, ClientProxyFactory, type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import express from 'express';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  type BackgroundTasksModuleOptions,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import { firstValueFrom } from 'rxjs';
import { fastify, platforms, request, type Running, start } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { deferred } from '../harness/deferred.js';
import { nest } from '../harness/nest.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { openWs } from '../messages/gateways/clients.js';
import {
  AddsAndLetsPass,
  Gateway,
  Messages,
  note,
  Requests,
  Scoped,
  ScopedMessages,
  ScopedRequests,
  Singleton,
  SingletonRequests,
} from './two-applications/shared.js';

type Options = BackgroundTasksModuleOptions & BackgroundTasksModuleExtras;

const closing: Array<() => unknown> = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

let logger: RecordingLogger;

beforeEach(() => {
  logger = new RecordingLogger();
});

/** How many tasks each application has run, and how many it has skipped. */
function countsOf(...applications: ReadonlyArray<{ runner: BackgroundTasksRunner }>) {
  return Promise.all(
    applications.map(async ({ runner }) => {
      await runner.idle();
      const { succeeded, skipped, pending, batches } = runner.stats();
      expect({ pending, batches }).toEqual({ pending: 0, batches: 0 });
      return [succeeded, skipped];
    }),
  );
}

const compile = (metadata: ModuleMetadata, options?: Options) =>
  Test.createTestingModule({
    ...metadata,
    imports: [...(metadata.imports ?? []), ...(options ? [BackgroundTasksModule.forRoot(options)] : [])],
  })
    .setLogger(logger)
    .compile();

interface Service {
  readonly runner: BackgroundTasksRunner;
  readonly client: ClientProxy;
  readonly close: () => Promise<void>;
}

async function startService(controllers: Type[], options: Options = {}): Promise<Service> {
  const module = await compile({ controllers }, options);
  const where = { host: '127.0.0.1', port: 0 };
  const service = module.createNestMicroservice<MicroserviceOptions>({ transport: Transport.TCP, options: where });
  await service.listen();
  const { port } = service.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { ...where, port } });
  const close = async (): Promise<void> => {
    await client.close();
    await service.close();
  };
  closing.push(close);
  return { runner: module.get(BackgroundTasksRunner), client, close };
}

describe('two microservices of one module', () => {
  it.each([
    ['static', 'parameter', [Messages], 1],
    ['request-scoped', 'scoped', [ScopedMessages], 2],
  ] as const)('run each their own tasks, of %s handlers', async (_, pattern, controllers, each) => {
    const first = await startService([...controllers]);
    const second = await startService([...controllers], { defaults: { runOn: 'failure' } });
    const ask = ({ client }: Service, data: string) => firstValueFrom(client.send<string>(pattern, data));
    await Promise.all([ask(first, 'a'), ask(second, 'b'), ask(first, 'c'), ask(second, 'd'), ask(first, 'e')]);
    expect(await countsOf(first, second)).toEqual([
      [3 * each, 0],
      [0, 2 * each],
    ]);
    expect(logger.ofTasks('warn')).toEqual([]);
  });

  it('may be there one after the other', async () => {
    for (let round = 0; round < 3; round++) {
      const service = await startService([Messages, ScopedMessages]);
      await firstValueFrom(service.client.send('parameter', 'a'));
      await firstValueFrom(service.client.send('scoped', 'b'));
      expect(await countsOf(service)).toEqual([[3, 0]]);
      await service.close();
    }
    expect(logger.ofTasks('warn')).toEqual([]);
  });
});

describe('two applications that share a gateway', () => {
  it('run each their own tasks', async () => {
    const startGateway = async (options: Options) => {
      const module = await compile({ providers: [Gateway] }, options);
      const app = module.createNestApplication();
      app.useWebSocketAdapter(new WsAdapter(app));
      await app.listen(0, '127.0.0.1');
      const client = await openWs(((app.getHttpServer() as Server).address() as AddressInfo).port);
      closing.push(async () => {
        client.hangUp();
        await app.close();
      });
      return { runner: module.get(BackgroundTasksRunner), client };
    };
    const first = await startGateway({});
    const second = await startGateway({ defaults: { runOn: 'failure' } });
    for (const [{ client }, data] of [
      [first, 'a'],
      [second, 'b'],
      [first, 'c'],
    ] as const) {
      client.send('parameter', data);
      await client.answers.until(data);
    }
    expect(await countsOf(first, second)).toEqual([
      [2, 0],
      [0, 1],
    ]);
  });
});

describe.each(platforms)('two applications on $name that share their classes', (platform) => {
  const requestScope: ModuleMetadata = {
    controllers: [Requests, ScopedRequests],
    providers: [Scoped, AddsAndLetsPass],
  };

  const defaultScope: ModuleMetadata = {
    controllers: [Requests, SingletonRequests],
    providers: [Singleton, AddsAndLetsPass],
  };

  const startOne = (metadata: ModuleMetadata, options: Options): Promise<Running> =>
    start(platform, { ...metadata, imports: [BackgroundTasksModule.forRoot(options)] });

  it('run each their own tasks, with their own options', async () => {
    const first = await startOne(requestScope, {});
    const second = await startOne(requestScope, { defaults: { runOn: 'failure' } });
    const paths = ['/parameter', '/attached', '/scoped/1'];
    for (const running of [first, second, first]) {
      for (const path of paths) expect((await request(running, path)).status).toBe(200);
    }
    expect(await countsOf(first, second)).toEqual([
      [2 * 5, 0],
      [0, 5],
    ]);
  });

  it('may differ in the scope of their tasks', async () => {
    const first = await startOne(requestScope, {});
    const second = await startOne(defaultScope, { scope: Scope.DEFAULT, defaults: { runOn: 'failure' } });
    const ask = (running: Running, ...paths: string[]) => Promise.all(paths.map((path) => request(running, path)));
    await Promise.all([
      ask(first, '/parameter', '/attached', '/scoped/1', '/scoped/2'),
      ask(second, '/parameter', '/attached', '/singleton/1', '/singleton/2'),
    ]);
    expect(await countsOf(first, second)).toEqual([
      [2 + 2 * 3, 0],
      [0, 2 + 2 * 2],
    ]);
  });

  it('let pass what is for one that does not import the module', async () => {
    const first = await startOne(requestScope, {});
    const without = await compile({ controllers: [Requests] });
    const app = without.createNestApplication(platform.adapter());
    await app.listen(0, '127.0.0.1');
    closing.push(() => app.close());
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    expect((await request({ port }, '/attached')).status).toBe(200);
    expect((await request({ port }, '/parameter')).status).toBe(500);
    expect(String(logger.lines.map(({ message }) => message))).toContain('BackgroundTasksModule is not imported');
    expect(await countsOf(first)).toEqual([[0, 0]]);
  });
});

/** Before, the first one answers 404 to whatever it does not know, and what is for the second never comes to it. */
const onNest12 = nest.is12 ? it : it.skip;

describe('two applications on one Express (since Nest 12)', () => {
  interface Tenant {
    readonly app: INestApplication;
    readonly runner: BackgroundTasksRunner;
    readonly logger: RecordingLogger;
  }

  let server: ReturnType<typeof express>;
  let port: number;

  beforeEach(async () => {
    server = express();
    const listening = server.listen(0, '127.0.0.1');
    await new Promise((resolve) => listening.once('listening', resolve));
    ({ port } = listening.address() as AddressInfo);
    closing.push(() => listening.close());
  });

  async function join(prefix: string, metadata: ModuleMetadata, options: Options = {}): Promise<Tenant> {
    const module = await compile(metadata, options);
    const app = module.createNestApplication(new ExpressAdapter(server));
    app.setGlobalPrefix(prefix);
    await app.init();
    closing.push(() => app.close());
    return { app, runner: module.get(BackgroundTasksRunner), logger };
  }

  const ask = async (...paths: string[]): Promise<void> => {
    const answers = await Promise.all(paths.map((path) => request({ port }, path)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
  };

  onNest12('run each their own tasks, with their own options', async () => {
    const metadata = { controllers: [Requests, ScopedRequests], providers: [Scoped, AddsAndLetsPass] };
    const first = await join('first', metadata);
    const second = await join('second', metadata, { defaults: { runOn: 'failure' } });
    await ask('/first/parameter', '/second/parameter', '/first/attached', '/second/attached');
    await ask('/second/scoped/1', '/first/scoped/2', '/first/scoped/3');
    expect(await countsOf(first, second)).toEqual([
      [2 + 2 * 3, 0],
      [0, 2 + 3],
    ]);
  });

  onNest12(
    'run each their own tasks with Scope.DEFAULT, also of middleware of one in front of a handler of the other',
    async () => {
      const metadata = { controllers: [Requests, SingletonRequests], providers: [Singleton, AddsAndLetsPass] };
      const first = await join('first', metadata, { scope: Scope.DEFAULT });
      first.app.use('/second', (_request: unknown, _response: unknown, next: () => void) => {
        first.app.get(Singleton).add('in front');
        setImmediate(next);
      });
      const second = await join('second', metadata, { scope: Scope.DEFAULT, defaults: { runOn: 'failure' } });
      await ask('/first/parameter', '/second/parameter', '/first/attached', '/second/attached');
      await ask('/second/singleton/1', '/first/singleton/2', '/first/singleton/3');
      expect(await countsOf(first, second)).toEqual([
        [2 + 2 * 2 + 3, 0],
        [0, 2 + 2],
      ]);
    },
  );

  onNest12(
    'give what is attached where no handler is at work to the one that was prepared last, and is open',
    async () => {
      const first = await join('first', { controllers: [Requests] });
      const second = await join('second', { controllers: [Requests] });
      server.get('/neither', (_request, response) => {
        response.background = new BackgroundTask(note, 'neither');
        response.send('fine');
      });
      await ask('/neither');
      expect(await countsOf(first, second)).toEqual([
        [0, 0],
        [1, 0],
      ]);
      await second.app.close();
      await ask('/neither');
      expect(await countsOf(first, second)).toEqual([
        [1, 0],
        [1, 0],
      ]);
    },
  );

  onNest12('are waited for each by itself', async () => {
    const held = deferred();
    @Controller()
    class Held {
      @Get('held')
      held(tasks: BackgroundTasks): string {
        tasks.addTask(() => held.promise);
        return 'fine';
      }
    }
    const first = await join('first', { controllers: [Held] });
    const second = await join('second', { controllers: [Requests] });
    await ask('/first/held', '/second/parameter');
    await second.runner.idle();
    expect(first.runner.stats()).toMatchObject({ batches: 1, running: 1 });
    await second.app.close();
    held.resolve();
    expect(await countsOf(first, second)).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });
});

describe('an application within a handler of another', () => {
  it.each([
    ['Scope.REQUEST', {}],
    ['Scope.DEFAULT', { scope: Scope.DEFAULT as const }],
  ])('runs its own tasks, and so does the other, with %s', async (_, extras) => {
    const inner = await start(fastify, { controllers: [Requests], imports: [BackgroundTasksModule.forRoot(extras)] });

    @Controller()
    class Outer {
      constructor(@Inject('tasks') private readonly own: { addTask: BackgroundTasks['addTask'] }) {}

      @Get('outer')
      async outer(tasks: BackgroundTasks): Promise<string> {
        tasks.addTask(note, 'before');
        const { body } = await (inner.app as NestFastifyApplication).inject('/parameter');
        tasks.addTask(note, 'after');
        this.own.addTask(note, 'injected');
        return body;
      }
    }
    const outer = await start(fastify, {
      controllers: [Outer],
      providers: [{ provide: 'tasks', useExisting: BackgroundTasks }],
      imports: [BackgroundTasksModule.forRoot(extras)],
    });
    expect((await request(outer, '/outer')).body).toBe('fine');
    expect(await countsOf(inner, outer)).toEqual([
      [1, 0],
      [3, 0],
    ]);
    expect(timeline.of('parameter')).toHaveLength(1);
  });
});

describe('applications that were closed', () => {
  it('are garbage, however many there were that shared their classes', async () => {
    const collected: Array<WeakRef<object>> = [];
    for (let round = 0; round < 5; round++) {
      const service = await startService([Messages, ScopedMessages], { scope: Scope.DEFAULT });
      await firstValueFrom(service.client.send('parameter', 'a'));
      collected.push(new WeakRef(service.runner));
      await service.close();
      closing.pop();
    }
    await untilCollected(collected.slice(0, -1));
    expect(collected.slice(0, -1).map((each) => each.deref())).toEqual([undefined, undefined, undefined, undefined]);
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Collects until all are gone, or for as many turns of the event loop as anything may be held for. */
async function untilCollected(references: ReadonlyArray<WeakRef<object>>): Promise<void> {
  for (let turn = 0; turn < 50 && references.some((each) => each.deref() !== undefined); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
}
