import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpCode,
  Render,
  Res,
  StreamableFile,
  UseFilters,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { BackgroundTasks, currentTask, Tasks } from 'nestjs-background-tasks';
import { lastValueFrom, map, type Observable, toArray } from 'rxjs';
import { express, fastify, platforms, type Prepare, type Reply, request, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let release: Deferred;

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
});

/** A mail for a success, and an alert for a failure; each says what it knows of the response. */
function addBoth(tasks: BackgroundTasks): void {
  const note = (event: string): void => timeline.mark(`${event} ${currentTask()?.status}`);
  tasks.addTask(note, 'mail').with({ runOn: 'success' });
  tasks.addTask(note, 'alert').with({ runOn: 'failure' });
}

@Catch()
class AnswersTeapot implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Reply>().status(418).send('short and stout');
  }
}

@Catch()
class AnswersFine implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Reply>().status(200).send('all is fine');
  }
}

interface SendsFiles {
  sendFile(path: string): void;
}

interface Serializing {
  serializer(serialize: () => string): unknown;
}

@Controller()
class Answers {
  @Get('fine') fine(@Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    return { fine: true };
  }

  @Get('bigint') bigint(@Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    return { n: 1n };
  }

  @Get('circular') async circular(@Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    const answer: { itself?: unknown } = {};
    answer.itself = answer;
    return answer;
  }

  @Get('broken-file') brokenFile(@Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    // eslint-disable-next-line require-yield -- it fails before its first byte
    const chunks = async function* (): AsyncGenerator<Buffer> {
      throw new Error('on purpose');
    };
    return new StreamableFile(Readable.from(chunks()));
  }

  @Get('sends-an-error-later') sendsLater(@Res() reply: Reply, @Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    void release.promise.then(() => reply.status(502).send('too bad'));
    setImmediate(() => release.resolve());
  }

  @Get('send-file') sendFile(@Res() response: SendsFiles, @Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    response.sendFile('/there/is/no/such/file');
  }

  @Get('bad-view') @Render('view') badView(@Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    return { n: 1 };
  }

  @Get('bad-serializer') badSerializer(
    @Res({ passthrough: true }) reply: Serializing,
    @Tasks() tasks: BackgroundTasks,
  ) {
    addBoth(tasks);
    reply.serializer(() => {
      throw new Error('on purpose');
    });
    return { n: 1 };
  }

  @Get('teapot') @UseFilters(AnswersTeapot) teapot(@Tasks() tasks: BackgroundTasks) {
    return this.fine(tasks);
  }

  @Get('saved') @UseFilters(AnswersFine) saved(@Tasks() tasks: BackgroundTasks) {
    return this.fine(tasks);
  }

  @Get('passthrough-404') passthrough(@Res({ passthrough: true }) reply: Reply, @Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    reply.status(404);
    return 'not here';
  }

  @Get('code-404') @HttpCode(404) code(@Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    return 'not here';
  }

  @Get('sends-404') sends404(@Res() reply: Reply, @Tasks() tasks: BackgroundTasks) {
    addBoth(tasks);
    reply.status(404).send('not here');
  }
}

type Around = (answers: Observable<unknown>) => Observable<unknown> | Promise<Observable<unknown>>;

const spoils = (around: Around) => ({
  provide: APP_INTERCEPTOR,
  useValue: { intercept: (_: unknown, next: CallHandler) => around(next.handle()) },
});

const fail = (): never => {
  throw new Error('on purpose');
};

describe.each(platforms)('on $name, a handler that has completed', (platform) => {
  const expectAnswered = async (path: string, status: number, events: string[], prepare?: Prepare): Promise<void> => {
    const running = await start(platform, { controllers: [Answers] }, prepare);
    expect((await request(running, path)).status).toBe(status);
    await running.runner.idle();
    expect(timeline.events).toEqual(events);
  };

  it.each([
    ['what it returned cannot be serialised', '/bigint', 500],
    ['what it returned is circular', '/circular', 500],
    ['its file fails before the first byte', '/broken-file', platform.isFastify ? 500 : 400],
    ['it sends an error after it has returned', '/sends-an-error-later', 502],
  ])('has failed where %s', async (_, path, status) => expectAnswered(path, status, [`alert ${status}`]));

  it.each([
    ['has failed where a filter answers with an error', '/teapot', 418, ['alert 418']],
    ['has succeeded where a filter saves its answer', '/saved', 200, ['mail 200']],
  ])('%s for an interceptor outside', async (_, path, status, events) => {
    const providers = [spoils((answers) => answers.pipe(toArray(), map(fail)))];
    const running = await start(platform, { controllers: [Answers], providers });
    expect((await request(running, path)).status).toBe(status);
    await running.runner.idle();
    expect(timeline.events).toEqual(events);
  });

  it.each<[string, Around]>([
    ['after all of its answers', (answers) => answers.pipe(toArray(), map(fail))],
    ['when it is over', async (answers) => lastValueFrom(answers).then(fail)],
    ['before its end', (answers) => answers.pipe(map(fail))],
  ])('has failed where an interceptor outside throws %s', async (_, around) => {
    const running = await start(platform, { controllers: [Answers], providers: [spoils(around)] });
    expect((await request(running, '/fine')).status).toBe(500);
    await running.runner.idle();
    expect(timeline.events).toEqual(['alert 500']);
  });

  it.each([
    ['it returns a 404', '/passthrough-404', 404],
    ['it is declared to return a 404', '/code-404', 404],
    ['it has sent a 404', '/sends-404', 404],
  ])('has succeeded where %s', async (_, path, status) => expectAnswered(path, status, [`mail ${status}`]));
});

describe('on Express, a handler that has completed', () => {
  it.each([
    ['the file that it sends does not exist', '/send-file', 404],
    ['its view does', '/bad-view', 500],
  ])('has failed where %s', async (_, path, status) => {
    const running = await start(express, { controllers: [Answers] });
    expect((await request(running, path)).status).toBe(status);
    await running.runner.idle();
    expect(timeline.events).toEqual([`alert ${status}`]);
  });
});

interface Fastify {
  addHook(name: 'onSend', hook: () => Promise<never>): void;
  addHook(name: 'onRoute', hook: (route: { schema?: object }) => void): void;
}

describe('on Fastify, a handler that has completed', () => {
  const onSend: Prepare = (app) =>
    (app.getHttpAdapter().getInstance() as Fastify).addHook('onSend', async () => fail());
  const hasSchema: Prepare = (app) =>
    (app.getHttpAdapter().getInstance() as Fastify).addHook('onRoute', (route) => {
      const required = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };
      route.schema = { response: { 200: required } };
    });

  it.each<[string, string, Prepare | undefined]>([
    ['an `onSend` hook does', '/fine', onSend],
    ['its serializer does', '/bad-serializer', undefined],
    ['what it returned is not what its schema says', '/fine', hasSchema],
  ])('has failed where %s', async (_, path, prepare) => {
    const running = await start(fastify, { controllers: [Answers] }, prepare);
    expect((await request(running, path)).status).toBe(500);
    await running.runner.idle();
    expect(timeline.events).toEqual(['alert 500']);
  });
});
