import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  type CallHandler,
  Catch,
  Controller,
  type DynamicModule,
  Get,
  HttpException,
  type INestApplication,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnModuleInit,
  Param,
  Post,
  Res,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  BackgroundTasksRunner,
  currentTask,
  NoActiveRequestError,
} from 'nestjs-background-tasks';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { finalize } from 'rxjs';
import {
  fastify,
  fastifyHttp2,
  type Platform,
  platforms,
  type Reply,
  request,
  type Running,
  start,
} from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let release: Deferred;
let added: Deferred;
let entered: Deferred;

const note = (event: string): void => timeline.mark(event);
const noteOutcome = (event: string): void => timeline.mark(`${event} after ${currentTask()?.outcome}`);

const constructed: string[] = [];
const refused: Error[] = [];

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
  added = deferred();
  entered = deferred();
  constructed.length = 0;
  refused.length = 0;
});

async function noteRefusal(fn: () => unknown): Promise<void> {
  try {
    await fn();
  } catch (error) {
    refused.push(error as Error);
  }
}

/** A singleton that adds tasks, whatever else it is. */
class Adds {
  constructor(@Inject(BackgroundTasks) protected readonly tasks: BackgroundTasks) {
    constructed.push(new.target.name);
  }

  add(event: string): void {
    this.tasks.addTask(note, event);
  }
}

@Injectable()
class Strategy extends Adds {
  /** As those of Passport do, it calls back from wherever it is. */
  authenticate(done: (user: string) => void): void {
    setImmediate(() => {
      this.add('strategy');
      void Promise.resolve('Ada').then(done);
    });
  }
}

@Injectable()
class Guard extends Adds {
  @Inject(Strategy) readonly strategy!: Strategy;

  canActivate(): Promise<boolean> {
    this.add('guard');
    return new Promise((resolve) => {
      this.strategy.authenticate((user) => {
        this.add(`${user} is known`);
        resolve(true);
      });
    });
  }
}

@Injectable()
class Interceptor extends Adds {
  intercept(_: unknown, next: CallHandler) {
    this.add('interceptor');
    return next.handle().pipe(finalize(() => this.add('interceptor, afterwards')));
  }
}

@Injectable()
class Pipe extends Adds {
  transform(value: unknown): unknown {
    this.add('pipe');
    return value;
  }
}

@Catch()
class Filter extends Adds {
  catch(error: HttpException, host: { switchToHttp(): { getResponse(): Reply } }): void {
    this.tasks.addTask(noteOutcome, 'filter').with({ runOn: 'always' });
    host.switchToHttp().getResponse().status(error.getStatus()).send('caught');
  }
}

@Injectable()
class Middleware extends Adds {
  use(_request: unknown, _response: unknown, next: () => void): void {
    this.add('class middleware');
    next();
  }
}

@Injectable()
class Denies extends Adds {
  canActivate(): boolean {
    this.tasks.addTask(noteOutcome, 'guard').with({ runOn: 'always' });
    return false;
  }
}

@Injectable()
class Deep extends Adds {}

@Injectable()
class Service {
  constructor(@Inject(Deep) readonly deep: Deep) {}
}

const emitter = new EventEmitter();

@Injectable()
class Subscriber extends Adds implements OnModuleInit {
  async onModuleInit(): Promise<void> {
    emitter.removeAllListeners();
    emitter.on('signed up', () => this.add('event subscriber'));
    await noteRefusal(() => this.add('at start-up'));
  }
}

class SignUp {
  name!: string;
}

@Controller()
class Everything extends Adds {
  @Inject(Service) readonly service!: Service;

  @Post('sign-up')
  @UseGuards(Guard)
  @UseInterceptors(Interceptor)
  async signUp(
    @Body(Pipe) { name }: SignUp,
    tasks: BackgroundTasks,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    this.add(`handler for ${name}`);
    tasks.addTask(note, 'parameter');
    emitter.emit('signed up');
    await setTimeout(1);
    this.service.deep.add('deep service, after a timer');
    reply.background = new BackgroundTask(note, 'attached');
    await Promise.resolve();
    this.add('handler, at last');
    return [this.tasks.size, tasks.size, [...this.tasks].length].join();
  }

  @Get('refused')
  @UseFilters(Filter)
  refused(): never {
    throw new HttpException('refused', 418);
  }

  @Get('denied')
  @UseGuards(Denies)
  denied(): string {
    return 'never';
  }

  @Get('attached')
  attached(@Res({ passthrough: true }) reply: Reply): string {
    this.add('once');
    reply.background = this.tasks;
    this.add('and another');
    return `${this.tasks.size}`;
  }

  @Get('taken')
  async taken(): Promise<string> {
    this.add('mine');
    await noteRefusal(() => new BackgroundTasks([this.tasks]));
    await noteRefusal(() => this.tasks.run());
    return `${this.tasks.size}`;
  }

  @Get('interleaved/:id')
  async interleaved(@Param('id') id: string, tasks: BackgroundTasks): Promise<string> {
    this.add(`${id} one`);
    await new Promise((resolve) => setImmediate(resolve));
    this.service.deep.add(`${id} two`);
    await setTimeout(1);
    tasks.addTask(note, `${id} three`);
    this.add(`${id} four`);
    return id;
  }

  @Post('piped/:id')
  piped(@Param('id') id: string, @Body() { name }: SignUp): string {
    this.add(`${id} for ${name}`);
    return id;
  }

  @Get('late')
  late(): string {
    this.tasks.addTask(async () => {
      note('outer begins');
      this.add('added by a task');
      await Promise.resolve();
      note('outer ends');
    });
    this.add('next');
    void release.promise.then(() => {
      this.add('added by a promise');
      added.resolve();
    });
    return 'fine';
  }

  @Get('fails/for/:runOn')
  async fails(@Param('runOn') runOn: 'success' | 'always'): Promise<never> {
    this.tasks.with({ runOn });
    this.add(`for ${runOn}`);
    if (runOn === 'always') {
      entered.resolve();
      await release.promise;
    }
    this.add(`for ${runOn}, too`);
    throw new HttpException('on purpose', 418);
  }
}

let inject: FastifyItself['inject'];

@Controller()
class Plain extends Adds {
  @Get('plain/:id')
  plain(@Param('id') id: string): string {
    this.add(`plain ${id}`);
    return `${this.tasks.size}`;
  }

  @Get('injecting')
  async injecting(): Promise<string> {
    this.add('before');
    const { body } = await inject('/plain/injected');
    this.add('after');
    return `${body} ${this.tasks.size}`;
  }
}

@Module({ controllers: [Everything], providers: [Strategy, Deep, Service, Subscriber] })
class AppModule implements NestModule {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  configure(consumer: MiddlewareConsumer): void {
    const functional = (_request: unknown, _response: unknown, next: () => void): void => {
      this.tasks.addTask(noteOutcome, 'functional middleware').with({ runOn: 'always' });
      next();
    };
    consumer.apply(Middleware, functional).forRoutes('sign-up', 'nowhere');
  }
}

const inDefaultScope = (options: BackgroundTasksModuleOptions = {}): DynamicModule =>
  BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT, ...options });

const startApp = (platform: Platform): Promise<Running> => start(platform, { imports: [AppModule, inDefaultScope()] });

interface Client {
  ask(path: string, body?: object): Promise<{ status?: number; body: string }>;
  close(): void;
}

/** Asks on few connections: kept alive, or shared by many streams. */
function clientOf(platform: Platform, running: Running): Client {
  if (platform === fastifyHttp2) return http2Client(running);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 5 });
  return {
    ask: (path, body) => request(running, path, { agent, body, method: body ? 'POST' : 'GET' }),
    close: () => agent.destroy(),
  };
}

function http2Client({ port }: Running): Client {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  return {
    ask: async (path, body) => {
      const headers = { ':path': path, ':method': body ? 'POST' : 'GET', 'content-type': 'application/json' };
      const stream = session.request(headers);
      stream.end(body && JSON.stringify(body));
      const [answer] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & { ':status'?: number }];
      return { status: answer[':status'], body: await text(stream) };
    },
    close: () => session.close(),
  };
}

describe.each([...platforms, fastifyHttp2])('on $name, with Scope.DEFAULT, tasks', (platform) => {
  it('come from every singleton there is, into one batch, in order', async () => {
    const running = await startApp(platform);
    const batches = new Set<string>();
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => {
      if (event.type === 'added') batches.add(event.batchId);
    });
    const client = clientOf(platform, running);
    const answer = await client.ask('/sign-up', { name: 'Ada' });
    client.close();
    await running.runner.idle();
    expect(answer).toMatchObject({ status: 201, body: '13,13,13' });
    expect(timeline.events).toEqual([
      'class middleware',
      'functional middleware after success',
      'guard',
      'strategy',
      'Ada is known',
      'interceptor',
      'pipe',
      'handler for Ada',
      'parameter',
      'event subscriber',
      'deep service, after a timer',
      'attached',
      'handler, at last',
      'interceptor, afterwards',
    ]);
    expect(batches.size).toBe(1);
  });

  it.each([
    ['a guard that denies', '/denied', 403, ['guard after failure']],
    ['a filter', '/refused', 418, ['filter after failure']],
    ['middleware, where there is no route', '/nowhere', 404, ['functional middleware after failure']],
  ])('of %s settle as a failure', async (_, path, status, events) => {
    const running = await startApp(platform);
    const client = clientOf(platform, running);
    expect((await client.ask(path)).status).toBe(status);
    client.close();
    await running.runner.idle();
    expect(timeline.events).toEqual(events);
  });

  it('are never mixed, with many requests on few connections, and nothing is made anew for a request', async () => {
    const running = await startApp(platform);
    const before = constructed.length;
    const client = clientOf(platform, running);
    const ids = Array.from({ length: 100 }, (_, index) => `${index}`);
    const answers = await Promise.all(ids.map((id) => client.ask(`/interleaved/${id}`)));
    client.close();
    await running.runner.idle();
    expect(answers.map(({ body }) => body)).toEqual(ids);
    for (const id of ids) expect(timeline.of(`${id} `)).toEqual(['one', 'two', 'three', 'four']);
    expect(constructed).toHaveLength(before);
    expect(constructed.filter((name) => name === 'Everything')).toEqual(['Everything']);
  });
});

describe.each(platforms)('on $name, with Scope.DEFAULT, tasks', (platform) => {
  it('are never mixed on a pipelined connection', async () => {
    const running = await startApp(platform);
    const connection = await Connection.open(running);
    const ids = ['1', '2', '3', '4', '5'];
    connection.send(...ids.map((id) => `/interleaved/${id}`));
    await connection.receives('\r\n\r\n5');
    await running.runner.idle();
    for (const id of ids) expect(timeline.of(`${id} `)).toEqual(['one', 'two', 'three', 'four']);
    connection.hangUp();
  });

  it('find their request again when its body has been read, whichever came first', async () => {
    const running = await startApp(platform);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const open = (id: string) => {
      const path = `/piped/${id}`;
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      const outgoing = http.request({ port: running.port, path, method: 'POST', agent, headers });
      outgoing.flushHeaders();
      return outgoing;
    };
    for (const round of ['a', 'b']) {
      const arrived = nextRequests(running, 2);
      const requests = [open(`1${round}`), open(`2${round}`)];
      await arrived;
      for (const outgoing of requests.toReversed()) {
        outgoing.end(JSON.stringify({ name: 'Ada' }));
        const [incoming] = (await once(outgoing, 'response')) as [http.IncomingMessage];
        await text(incoming);
      }
    }
    agent.destroy();
    await running.runner.idle();
    expect(timeline.events).toEqual(['2a for Ada', '1a for Ada', '2b for Ada', '1b for Ada']);
  });

  it('that are attached to the response are not added twice', async () => {
    const running = await startApp(platform);
    expect((await request(running, '/attached')).body).toBe('2');
    await running.runner.idle();
    expect(timeline.events).toEqual(['once', 'and another']);
  });

  it('belong to their response: they can be neither run by hand nor added to others', async () => {
    const running = await startApp(platform);
    expect((await request(running, '/taken')).body).toBe('1');
    await running.runner.idle();
    expect(timeline.events).toEqual(['mine']);
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('Cannot add the background task `note`: there is no HTTP request here.'),
      'Cannot add these background tasks: they already belong to another response or to other tasks. ' +
        'Make a new BackgroundTasks for each response.',
      expect.stringContaining('Cannot run these background tasks by hand: they belong to a response'),
    ]);
  });

  it('that are added late run in the same batch, in order', async () => {
    const running = await startApp(platform);
    const batches = new Set<string>();
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => {
      if (event.type === 'started') batches.add(event.batchId);
    });
    await request(running, '/late');
    await running.runner.idle();
    release.resolve();
    await added.promise;
    await running.runner.idle();
    expect(timeline.events).toEqual(['outer begins', 'outer ends', 'next', 'added by a task', 'added by a promise']);
    expect(batches.size).toBe(1);
  });

  it('heed what with() said on the singleton in the same request only', async () => {
    const running = await startApp(platform);
    const first = request(running, '/fails/for/always');
    await entered.promise;
    await request(running, '/fails/for/success');
    release.resolve();
    await first;
    await request(running, '/fails/for/success');
    await running.runner.idle();
    expect(timeline.events).toEqual(['for always', 'for always, too']);
  });

  it('are refused outside a request, where there are none', async () => {
    const running = await startApp(platform);
    const tasks = running.app.get(BackgroundTasks);
    const subscriber = running.app.get(Subscriber);
    await request(running, '/attached');
    await running.runner.idle();
    expect(refused).toEqual([expect.any(NoActiveRequestError)]);
    expect(() => subscriber.add('by a cron job')).toThrow(NoActiveRequestError);
    expect(() => subscriber.add('by a cron job')).toThrow(
      'Cannot add the background task `note`: there is no HTTP request here.',
    );
    expect(tasks.size).toBe(0);
    expect([...tasks]).toEqual([]);
    expect(timeline.events).toEqual(['once', 'and another']);
  });

  it('are captured by a CapturingRunner', async () => {
    const testing = await Test.createTestingModule({ imports: [AppModule, inDefaultScope()] })
      .overrideProvider(BackgroundTasksRunner)
      .useClass(CapturingRunner)
      .compile();
    const app = testing.createNestApplication(platform.adapter());
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const runner: CapturingRunner = app.get(BackgroundTasksRunner);
    await request({ port }, '/interleaved/1');
    const names = runner.captured.map(({ args }) => args[0]);
    await runner.runAll();
    await app.close();
    expect(names).toEqual(['1 one', '1 two', '1 three', '1 four']);
    expect(timeline.events).toEqual(names);
  });
});

/** What the specs use of Fastify itself. */
interface FastifyItself {
  addHook(
    name: 'preParsing',
    hook: (request: unknown, reply: unknown, payload: unknown, done: (error: null, payload: unknown) => void) => void,
  ): void;
  inject(url: string): Promise<{ body: string }>;
}

const itself = (app: INestApplication): FastifyItself => app.getHttpAdapter().getInstance();

describe('on Fastify, with Scope.DEFAULT, tasks', () => {
  it('come from a hook, and find their request again when the hook has called back from elsewhere', async () => {
    const elsewhere = new EventEmitter();
    const imports = [inDefaultScope()];
    const running = await start(fastify, { controllers: [Plain], providers: [Deep], imports }, (app) => {
      itself(app).addHook('preParsing', (_request, _reply, payload, done) => {
        app.get(Deep).add('hook');
        elsewhere.once('go on', () => done(null, payload));
        entered.resolve();
      });
    });
    const answer = request(running, '/plain/1');
    await entered.promise;
    elsewhere.emit('go on');
    expect((await answer).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['hook', 'plain 1']);
  });

  it('are those of a request that another injects', async () => {
    const imports = [inDefaultScope()];
    const running = await start(fastify, { controllers: [Plain], providers: [Deep], imports });
    inject = (url) => itself(running.app).inject(url);
    expect((await request(running, '/injecting')).body).toBe('1 2');
    await running.runner.idle();
    expect(timeline.events.toSorted()).toEqual(['after', 'before', 'plain injected']);
  });
});

/** Resolves when `times` more requests have arrived, whose bodies have not. */
function nextRequests({ app }: Running, times: number): Promise<void> {
  const arrived = deferred();
  let left = times;
  const count = (): void => {
    if (--left > 0) return;
    app.getHttpServer().off('request', count);
    arrived.resolve();
  };
  app.getHttpServer().on('request', count);
  return arrived.promise;
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class Durable extends Adds {}

@Controller()
class DurableTree {
  constructor(@Inject(Durable) private readonly durable: Durable) {}

  @Get(':id')
  get(@Param('id') id: string): string {
    this.durable.add(`durable for ${id}`);
    return 'fine';
  }
}

describe.each(platforms)('on $name, a durable provider', (platform) => {
  it('may hold the tasks of Scope.DEFAULT: they find each of its requests', async () => {
    const tenant = ContextIdFactory.create();
    ContextIdFactory.apply({ attach: () => ({ resolve: () => tenant, payload: {} }) });
    const module = { controllers: [DurableTree], providers: [Durable], imports: [inDefaultScope()] };
    const running = await start(platform, module);
    await request(running, '/1');
    await request(running, '/2');
    await running.runner.idle();
    expect(timeline.events).toEqual(['durable for 1', 'durable for 2']);
    expect(constructed).toEqual(['Durable']);
  });
});
