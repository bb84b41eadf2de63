import { once } from 'node:events';
import http2 from 'node:http2';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import {
  type INestApplication,
  BadRequestException,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ArgumentsHost,
  Get,
  Head,
  HttpCode,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type NestMiddleware,
  ParseIntPipe,
  Query,
  Redirect,
  Render,
  Res,
  Scope,
  Sse,
  StreamableFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { finalize, from, interval, map, NEVER, type Observable, of, startWith, throwError } from 'rxjs';
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
import { Scene } from '../harness/scene.js';
import { Timeline } from '../harness/timeline.js';
import { nest } from '../harness/nest.js';

/** Nest 12 streams async generators and web responses; on Nest 11 they are no answers. */
const onNest12 = nest.is12 ? it : it.skip;

/** Before Nest 11.2 a handler goes on, whether or not its client is there. */
const whereTornDown = nest.tearsDown ? it : it.skip;

let scene: Scene;

@Catch()
class AnswersFine implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Reply>().status(200).send('all is fine');
  }
}

@Injectable()
class AddsAndDenies implements CanActivate {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    scene.addTwo(this.tasks);
    return false;
  }
}

@Injectable()
class Throws implements NestInterceptor {
  intercept(): Observable<never> {
    return throwError(() => new Error('inner interceptor'));
  }
}

@Injectable({ scope: Scope.REQUEST })
class AddingMiddleware implements NestMiddleware {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  use(request: { originalUrl: string }, response: { statusCode: number; end(body: string): void }, next: () => void) {
    scene.addTwo(this.tasks);
    if (request.originalUrl.startsWith('/middleware/throws')) throw new BadRequestException();
    if (!request.originalUrl.startsWith('/middleware/answers')) return next();
    response.statusCode = 202;
    response.end('answered by middleware');
  }
}

/** Marks when the handler is done with the request. */
function settled<T>(value: T): T {
  scene.timeline.mark('handler settled');
  return value;
}

@Controller()
class Endings {
  @Get('json') json(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled({ fine: true });
  }

  @Get('promise') async promise(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    await Promise.resolve();
    return settled('fine');
  }

  @Get('observable') observable(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return of('a', 'b').pipe(finalize(() => settled(undefined)));
  }

  @Get('passthrough') passthrough(@Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    reply.status(202);
    return settled('fine');
  }

  @Get('render') @Render('page') render(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled({ name: 'fine' });
  }

  @Get('redirect') @Redirect('/json') redirect(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled(undefined);
  }

  @Head('head') head(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled('fine');
  }

  @Get('204') @HttpCode(204) noContent(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled(undefined);
  }

  @Get('304') @HttpCode(304) notModified(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled(undefined);
  }

  @Get('file') file(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    const stream = Readable.from(chunksUntilReleased());
    return settled(new StreamableFile(stream));
  }

  @Get('generator') generator(@Tasks() tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled(chunksUntilReleased());
  }

  @Get('web-response') webResponse(@Tasks() tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled(new Response(Readable.toWeb(Readable.from(chunksUntilReleased())) as ReadableStream));
  }

  @Get('broken-file') brokenFile(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled(new StreamableFile(Readable.from(failingChunks())));
  }

  @Get('sends-then-awaits') async sendsThenAwaits(@Res() reply: Reply, tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    reply.send('fine');
    await scene.release.promise;
    settled(undefined);
  }

  @Get('sends-later') sendsLater(@Res() reply: Reply, tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    void scene.release.promise.then(() => reply.send('fine'));
    settled(undefined);
  }

  @Get('throws') throws(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    settled(undefined);
    throw new BadRequestException();
  }

  @Get('throws-but-a-filter-answers-200') @UseFilters(AnswersFine) filtered(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    settled(undefined);
    throw new Error('on purpose');
  }

  @Get('inner-interceptor-throws') @UseInterceptors(Throws) innerInterceptor() {
    return 'never';
  }

  @Get('denied') @UseGuards(AddsAndDenies) denied() {
    return 'never';
  }

  @Get('pipe-throws') pipe(@Query('id', ParseIntPipe) id: number, tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return id;
  }

  @Get('slow') async slow(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    scene.entered.resolve();
    await scene.release.promise;
    return settled('fine');
  }

  @Get('slow-throws') async slowThrows(tasks: BackgroundTasks) {
    await this.slow(tasks);
    throw new BadRequestException();
  }

  @Get('never') never(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    scene.entered.resolve();
    return NEVER.pipe(finalize(() => settled(undefined)));
  }

  @Sse('sse') sse(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return interval(1).pipe(
      startWith(0),
      map((data) => ({ data: `tick ${data}` })),
      finalize(() => settled(undefined)),
    );
  }

  @Sse('sse-that-ends') sseThatEnds(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return from([{ data: 'only' }]).pipe(finalize(() => settled(undefined)));
  }

  @Get('huge') huge(tasks: BackgroundTasks) {
    scene.addTwo(tasks);
    return settled({ text: 'x'.repeat(20_000_000) });
  }

  @Get('quick') quick(tasks: BackgroundTasks) {
    scene.addTwo(tasks, 'the second adder');
    scene.entered.resolve();
    return settled('fine');
  }

  @Get('first-in-the-pipeline') async firstInThePipeline() {
    await scene.release.promise;
    return 'first';
  }
}

async function* chunksUntilReleased() {
  yield Buffer.from('begin');
  await scene.release.promise;
  scene.timeline.mark('stream ends');
  yield Buffer.from('end');
}

async function* failingChunks() {
  yield Buffer.from('begin');
  await scene.release.promise;
  throw new Error('stream broke');
}

@Module({ controllers: [Endings], providers: [AddsAndDenies] })
class EndingsModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(AddingMiddleware).forRoutes('middleware/*path');
  }
}

async function startEndings(platform: Platform): Promise<Running> {
  const timeline = new Timeline();
  scene = new Scene(timeline);
  return start(platform, { imports: [EndingsModule] }, prepareView, timeline);
}

/** A view engine, as small as they come, on both platforms. */
function prepareView(app: INestApplication): void {
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'express') {
    const instance = adapter.getInstance() as { render?: (view: string, data: object, done: Done) => void };
    instance.render = (page, _data, done) => done(null, `rendered ${page}`);
  } else {
    const instance = adapter.getInstance() as { decorateReply(name: string, fn: unknown): void };
    instance.decorateReply('view', view);
  }
}

type Done = (error: null, html: string) => void;

function view(this: Reply, name: string): unknown {
  return this.send(`rendered ${name}`);
}

interface Expected {
  readonly outcome: 'success' | 'failure';
  readonly aborted?: boolean;
  readonly store?: string;
  /** What has to have happened before the first task starts, beside the end of the response. */
  readonly after?: string[];
}

/** Each task once, in order, in the context of its adder, knowing how the response ended, and not too early. */
async function expectTasksRan({ runner }: Running, expected: Expected): Promise<void> {
  await runner.idle();
  const { timeline, seen } = scene;
  expect(timeline.of('task ')).toEqual(['first', 'second']);
  const { outcome, aborted = false, store = 'the adder' } = expected;
  expect(seen).toEqual([
    { outcome, aborted, store },
    { outcome, aborted, store },
  ]);
  const first = timeline.indexOf('task first');
  expect(timeline.indexOf('finish', 'close', 'socket close')).toBeLessThan(first);
  for (const event of expected.after ?? []) {
    expect(timeline.events.slice(0, first)).toContain(event);
  }
}

/** Nothing has run, although everything that could have made it run too early had its chance. */
async function expectNoTaskYet(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(scene.timeline.of('task ')).toEqual([]);
}

const handlerSettled = ['handler settled'];

describe.each(platforms)('the tasks of a response on $name', (platform) => {
  it.each([
    ['/json', 200],
    ['/promise', 200],
    ['/observable', 200],
    ['/passthrough', 202],
    ['/render', 200],
    ['/redirect', 302],
    ['/204', 204],
    ['/304', 304],
    ['/sse-that-ends', 200],
  ])('run after a complete %s', async (path, status) => {
    const running = await startEndings(platform);
    expect((await request(running, path)).status).toBe(status);
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  it('run after a HEAD', async () => {
    const running = await startEndings(platform);
    expect((await request(running, '/head', { method: 'HEAD' })).status).toBe(200);
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  const expectStreamed = async (path: string): Promise<void> => {
    const running = await startEndings(platform);
    const answer = request(running, path);
    await scene.timeline.until('handler settled');
    await expectNoTaskYet();
    scene.release.resolve();
    expect((await answer).body).toBe('beginend');
    await expectTasksRan(running, { outcome: 'success', after: ['stream ends', 'finish'] });
  };
  it('run after the last byte of a StreamableFile', async () => expectStreamed('/file'));
  onNest12('run after the last byte of an async generator (streamed since Nest 12)', () =>
    expectStreamed('/generator'),
  );
  onNest12('run after the last byte of a web Response (streamed since Nest 12)', () => expectStreamed('/web-response'));

  it('run after a stream that failed in the middle, as those of an aborted success', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/broken-file');
    await connection.receives('begin');
    await expectNoTaskYet();
    scene.release.resolve();
    await scene.timeline.until('close');
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: handlerSettled });
  });

  it('wait for a handler that has sent and still awaits', async () => {
    const running = await startEndings(platform);
    expect((await request(running, '/sends-then-awaits')).body).toBe('fine');
    await scene.timeline.until('close');
    await expectNoTaskYet();
    scene.release.resolve();
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  it('wait for a handler that has ended and sends later', async () => {
    const running = await startEndings(platform);
    const answer = request(running, '/sends-later');
    await scene.timeline.until('handler settled');
    await expectNoTaskYet();
    scene.release.resolve();
    expect((await answer).body).toBe('fine');
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  it.each([
    ['a handler that throws', '/throws', 400, handlerSettled],
    ['a handler that throws, although a filter answers 200', '/throws-but-a-filter-answers-200', 200, handlerSettled],
    ['a guard that denies', '/denied', 403, []],
    ['middleware that throws', '/middleware/throws', 400, []],
    ['middleware on an unknown route', '/middleware/nowhere', 404, []],
  ])('run as those of a failure after %s', async (_, path, status, after) => {
    const running = await startEndings(platform);
    expect((await request(running, path)).status).toBe(status);
    await expectTasksRan(running, { outcome: 'failure', after: ['finish', ...after] });
  });

  it('run as those of a success after middleware that answers by itself', async () => {
    const running = await startEndings(platform);
    expect((await request(running, '/middleware/answers')).body).toBe('answered by middleware');
    await expectTasksRan(running, { outcome: 'success', after: ['finish'] });
  });

  it('wait for a Promise handler whose client has gone', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/slow');
    await scene.entered.promise;
    connection.hangUp();
    await scene.timeline.until('close');
    await expectNoTaskYet();
    scene.release.resolve();
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: ['close', ...handlerSettled] });
    expect(scene.timeline.count('finish')).toBe(0);
  });

  it('run as those of a failure when the handler throws after its client has gone', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/slow-throws');
    await scene.entered.promise;
    connection.hangUp();
    await scene.timeline.until('close');
    scene.release.resolve();
    await expectTasksRan(running, { outcome: 'failure', aborted: true, after: ['close', ...handlerSettled] });
  });

  whereTornDown(
    'run as those of a failure when the client left an unanswered Observable (since Nest 11.2)',
    async () => {
      const running = await startEndings(platform);
      const connection = await Connection.open(running);
      connection.send('/never');
      await scene.entered.promise;
      connection.hangUp();
      await scene.timeline.until('handler settled');
      await expectTasksRan(running, { outcome: 'failure', aborted: true, after: handlerSettled });
    },
  );

  it('run as those of a success when the client left a stream of events', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/sse');
    await connection.receives('tick 3');
    await expectNoTaskYet();
    connection.hangUp();
    await scene.timeline.until('handler settled');
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: handlerSettled });
  });

  it('run after a client that left in the middle of a huge body', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/huge');
    await connection.receives('xxx');
    connection.pause();
    await expectNoTaskYet();
    connection.hangUp();
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: handlerSettled });
  });

  it('run for a pipelined request whose turn to be answered never came', async () => {
    const running = await startEndings(platform);
    const connection = await Connection.open(running);
    connection.send('/first-in-the-pipeline', '/quick');
    await scene.timeline.until('handler settled');
    await expectNoTaskYet();
    connection.hangUp();
    await expectTasksRan(running, {
      outcome: 'success',
      aborted: true,
      store: 'the second adder',
      after: ['socket close', ...handlerSettled],
    });
    scene.release.resolve();
  });

  it('are not held up by an inner interceptor or a pipe that throws', async () => {
    const running = await startEndings(platform);
    expect((await request(running, '/inner-interceptor-throws')).status).toBe(500);
    expect((await request(running, '/pipe-throws?id=x')).status).toBe(400);
    await running.runner.idle();
    expect(scene.timeline.of('task ')).toEqual([]);
  });
});

describe('the tasks of a response on Fastify with HTTP/2', () => {
  async function open({ port }: Running): Promise<http2.ClientHttp2Session> {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    await once(session, 'connect');
    return session;
  }

  it('run after a complete response', async () => {
    const running = await startEndings(fastifyHttp2);
    const session = await open(running);
    const stream = session.request({ ':path': '/json' });
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    expect(headers[':status' as keyof typeof headers]).toBe(200);
    await once(stream.resume(), 'close');
    session.destroy();
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  it('run after a denied one, without a handler', async () => {
    const running = await startEndings(fastifyHttp2);
    const session = await open(running);
    await once(session.request({ ':path': '/denied' }).resume(), 'close');
    session.destroy();
    await expectTasksRan(running, { outcome: 'failure', after: ['finish'] });
  });

  it('wait for a Promise handler whose stream was cancelled', async () => {
    const running = await startEndings(fastifyHttp2);
    const session = await open(running);
    const stream = session.request({ ':path': '/slow' });
    await scene.entered.promise;
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await scene.timeline.until('close');
    await expectNoTaskYet();
    scene.release.resolve();
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: ['finish', ...handlerSettled] });
    session.destroy();
  });

  it.each([
    ['the stream is cancelled', (_: http2.ClientHttp2Session, stream: http2.ClientHttp2Stream) => stream.close(8)],
    ['the session is destroyed', (session: http2.ClientHttp2Session) => session.destroy()],
  ])('run as those of a success when %s under a stream of events', async (_, leave) => {
    const running = await startEndings(fastifyHttp2);
    const session = await open(running);
    const stream = session.request({ ':path': '/sse' }).on('error', () => undefined);
    await once(stream, 'data');
    await expectNoTaskYet();
    leave(session, stream);
    await scene.timeline.until('handler settled');
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: handlerSettled });
    session.destroy();
  });
});

describe('the tasks of an injected request', () => {
  interface Injecting {
    inject(options: { url: string; method: 'GET' }): Promise<{ statusCode: number }>;
  }

  it.each([
    ['/json', 200, 'success'],
    ['/throws', 400, 'failure'],
    ['/denied', 403, 'failure'],
    ['/middleware/nowhere', 404, 'failure'],
    ['/middleware/answers', 202, 'success'],
  ] as const)('run once after %s, although `finish` fires twice', async (url, status, outcome) => {
    const running = await startEndings(fastify);
    const { statusCode } = await (running.app as unknown as Injecting).inject({ url, method: 'GET' });
    expect(statusCode).toBe(status);
    await running.runner.idle();
    expect(scene.timeline.of('task ')).toEqual(['first', 'second']);
    expect(scene.seen.map((each) => each.outcome)).toEqual([outcome, outcome]);
    expect(scene.seen.map((each) => each.aborted)).toEqual([false, false]);
  });

  it('run when its stream broke, which nothing but `close` tells', async () => {
    const running = await startEndings(fastify);
    const answer = (running.app as unknown as Injecting).inject({ url: '/broken-file', method: 'GET' });
    await scene.timeline.until('handler settled');
    scene.release.resolve();
    await expect(answer).rejects.toThrow('response destroyed before completion');
    await running.runner.idle();
    expect(scene.timeline.of('task ')).toEqual(['first', 'second']);
    expect(scene.seen.map((each) => each.aborted)).toEqual([true, true]);
  });
});
