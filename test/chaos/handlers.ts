import { Readable } from 'node:stream';
import {
  BadRequestException,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  ParseIntPipe,
  Query,
  Redirect,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { from, interval, map, NEVER, of, startWith } from 'rxjs';
import type { Reply } from '../harness/application.js';
import { AddingGuard, AnswersFine, SeesHandler, Throws } from './around-handlers.js';
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
    // a reply of Fastify is a thenable, which may never settle once its client has gone
    void this.stage.track(turns(plan.turns).then(() => void reply.send('fine')));
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
    visit.startUnawaited({ parameter, response, injected: this.injected });
    visit.addAt('handler', { parameter, response, injected: this.injected });
    return visit;
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

/** Made once. */
@Controller('static')
@UseInterceptors(SeesHandler)
export class StaticEndings extends Endings {
  constructor(@Inject(Stage) stage: Stage) {
    super(stage);
  }
}

/** Made for each request, behind a guard. */
@Controller('scoped')
@UseGuards(AddingGuard)
@UseInterceptors(SeesHandler)
export class ScopedEndings extends Endings {
  constructor(@Inject(Stage) stage: Stage, @Inject(BackgroundTasks) injected: BackgroundTasks) {
    super(stage, injected);
  }
}
