import { Readable } from 'node:stream';
import {
  BadRequestException,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Redirect,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { from, interval, map, NEVER, of, startWith } from 'rxjs';
import type { Reply } from '../harness/application.js';
import { AddingGuard, AddingPipe, AnswersFine, SeesHandler, Throws } from './around-handlers.js';
import { noteCalls } from './noted-calls.js';
import type { RequestPlan } from './plan.js';
import { Stage } from './stage.js';
import { turns } from './turns.js';
import { Visit } from './visit.js';

/** More than a connection can hold on its way. */
const HUGE = 'x'.repeat(8_000_000);

/** A handler for every ending that has one. */
abstract class Endings {
  constructor(
    protected readonly stage: Stage,
    protected readonly injected?: BackgroundTasks,
  ) {}

  @Get('json/:id')
  json(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    return { fine: true };
  }

  @Get('promise/:id')
  promise(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    return this.waiting(this.enter(id, tasks, reply));
  }

  @Get('observable/:id')
  observable(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    return of('a', 'b');
  }

  @Get('slow-observable/:id')
  slowObservable(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    const { plan } = this.enter(id, tasks, reply);
    return from(turns(plan.turns)).pipe(map(() => 'fine'));
  }

  @Get('passthrough/:id')
  passthrough(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    reply.status(202);
    return 'fine';
  }

  @Get('returns-404/:id')
  returns404(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    reply.status(404);
    return 'nothing is here';
  }

  @Get('no-content/:id')
  @HttpCode(204)
  noContent(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
  }

  @Get('redirect/:id')
  @Redirect('/elsewhere')
  redirect(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
  }

  @Get('file/:id')
  file(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    const { plan } = this.enter(id, tasks, reply);
    return new StreamableFile(Readable.from(chunks(plan.turns)));
  }

  @Get('broken-file/:id')
  brokenFile(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    const { plan } = this.enter(id, tasks, reply);
    return new StreamableFile(Readable.from(failingChunks(plan.turns)));
  }

  @Get('file-not-found/:id')
  fileNotFound(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    const { plan } = this.enter(id, tasks, reply);
    const file = new Readable({
      read: () => void turns(plan.turns).then(() => file.destroy(new Error('no such file'))),
    });
    return new StreamableFile(file).setErrorLogger(() => undefined);
  }

  @Get('sent-file-not-found/:id')
  sentFileNotFound(@Param('id') id: string, tasks: BackgroundTasks, @Res() reply: Reply & FileSender) {
    this.enter(id, tasks, reply);
    reply.sendFile('/there/is/no/such/file');
  }

  @Get('bigint/:id')
  bigint(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    return { n: 1n };
  }

  @Get('circular/:id')
  async circular(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    const itself: { self?: unknown } = {};
    itself.self = itself;
    await this.waiting(this.enter(id, tasks, reply));
    return itself;
  }

  @Post('upload/:id')
  @HttpCode(200)
  upload(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    return this.waiting(this.enter(id, tasks, reply));
  }

  @Get('huge/:id')
  huge(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    return HUGE;
  }

  @Get('sends-then-awaits/:id')
  sendsThenAwaits(@Param('id') id: string, tasks: BackgroundTasks, @Res() reply: Reply) {
    const visit = this.enter(id, tasks, reply);
    reply.send('fine');
    return this.waiting(visit);
  }

  @Get('sends-later/:id')
  sendsLater(@Param('id') id: string, tasks: BackgroundTasks, @Res() reply: Reply) {
    const { plan } = this.enter(id, tasks, reply);
    this.later(plan, () => reply.send('fine'));
  }

  @Get('fails-later/:id')
  failsLater(@Param('id') id: string, tasks: BackgroundTasks, @Res() reply: Reply) {
    const { plan } = this.enter(id, tasks, reply);
    this.later(plan, () => reply.status(500).send('it was not fine'));
  }

  @Get('throws/:id')
  throws(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    throw new BadRequestException();
  }

  @Get('throws-later/:id')
  async throwsLater(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    await this.waiting(this.enter(id, tasks, reply));
    throw new BadRequestException();
  }

  @Get('outer-rescues/:id')
  async outerRescues(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    await this.waiting(this.enter(id, tasks, reply));
    throw new Error('on purpose');
  }

  @Get('outer-throws/:id')
  outerThrows(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    return this.waiting(this.enter(id, tasks, reply));
  }

  @Get('outer-spoils/:id')
  outerSpoils(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    return 'fine';
  }

  @Get('outer-denies/:id')
  outerDenies() {
    return 'never';
  }

  @Get('retried/:id')
  async retried(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    const visit = this.enter(id, tasks, reply);
    const isInVain = visit.seen.calls.length <= visit.plan.failures;
    await this.waiting(visit);
    if (isInVain) throw new BadRequestException();
    return 'fine';
  }

  @Get('retried-in-vain/:id')
  async retriedInVain(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    await this.waiting(this.enter(id, tasks, reply));
    throw new BadRequestException();
  }

  @Get('rescued/:id')
  @UseFilters(AnswersFine)
  rescued(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    throw new Error('on purpose');
  }

  @Get('pipe-throws/:id')
  pipeThrows(@Query('number', ParseIntPipe) number: number) {
    return number;
  }

  @Get('interceptor-throws/:id')
  @UseInterceptors(Throws)
  interceptorThrows() {
    return 'never';
  }

  @Get('held-up/:id')
  heldUp() {
    return 'never';
  }

  @Get('denied/:id')
  denied() {
    return 'never';
  }

  @Sse('sse-that-ends/:id')
  sseThatEnds(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    return from([{ data: 'first' }, { data: 'last' }]);
  }

  @Sse('sse/:id')
  sse(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    return interval(1).pipe(
      startWith(0),
      map((data) => ({ data: `tick ${data}` })),
    );
  }

  @Get('never/:id')
  never(@Param('id') id: string, tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply) {
    this.enter(id, tasks, reply);
    return NEVER;
  }

  /** A handler begins. */
  protected enter(id: string, parameter: BackgroundTasks, response: Reply): Visit {
    const visit = new Visit(this.stage, this.stage.requestAt(id));
    this.stage.errands.runWaiting();
    visit.startUnawaited({ parameter, response, injected: this.injected });
    visit.addAt('handler', { parameter, response, injected: this.injected });
    return visit;
  }

  /** Sends when the handler has returned, unless an interceptor has done so meanwhile. */
  protected later({ turns: count }: RequestPlan, send: () => unknown): void {
    const work = turns(count + 1).then(() => {
      // a reply of Fastify is a thenable, which may never settle once its client has gone
      void send();
    });
    void this.stage.track(work.catch(() => undefined));
  }

  /** The part of a handler after its first await. */
  protected waiting(visit: Visit): Promise<string> {
    return visit.working(async () => {
      await visit.addLater();
      return 'fine';
    });
  }
}

async function* chunks(count: number) {
  for (let index = 0; index <= count; index++) {
    yield Buffer.from(`chunk ${index}`);
    await turns(1);
  }
}

async function* failingChunks(count: number) {
  yield* chunks(count);
  throw new Error('stream broke');
}

/** Only Express has it. */
interface FileSender {
  sendFile(path: string): void;
}

/** Made once. */
@Controller('static')
@UseInterceptors(SeesHandler)
export class StaticEndings extends Endings {
  constructor(@Inject(Stage) stage: Stage) {
    super(stage);
  }
}

/** Made for each request, unless the tasks are a singleton; behind a guard and a pipe. */
@Controller('scoped')
@UseGuards(AddingGuard)
@UsePipes(AddingPipe)
@UseInterceptors(SeesHandler)
export class ScopedEndings extends Endings {
  constructor(@Inject(Stage) stage: Stage, @Inject(BackgroundTasks) injected: BackgroundTasks) {
    super(stage, injected);
  }
}

/** Without an interceptor: the library follows it by other means. */
@Controller('static')
export class BareStaticEndings extends Endings {
  constructor(@Inject(Stage) stage: Stage) {
    super(stage);
  }
}

/** Made for each request, unless the tasks are a singleton: then without an interceptor. */
@Controller('scoped')
@UseGuards(AddingGuard)
@UsePipes(AddingPipe)
export class BareScopedEndings extends Endings {
  constructor(@Inject(Stage) stage: Stage, @Inject(BackgroundTasks) injected: BackgroundTasks) {
    super(stage, injected);
  }
}

noteCalls(BareStaticEndings);
noteCalls(BareScopedEndings);
