import { Readable } from 'node:stream';
import {
  BadRequestException,
  Controller,
  Get,
  Head,
  HttpCode,
  ParseIntPipe,
  Query,
  Redirect,
  Render,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { finalize, from, interval, map, NEVER, of, startWith } from 'rxjs';
import type { Reply } from '../../harness/application.js';
import { AddsAndDenies, AnswersFine, Throws } from './around-handlers.js';
import { scene } from './current-scene.js';

/** Marks when the handler is done with the request. */
function settled<T>(value: T): T {
  scene().timeline.mark('handler settled');
  return value;
}

@Controller()
export class Endings {
  @Get('json') json(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return settled({ fine: true });
  }

  @Get('promise') async promise(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    await Promise.resolve();
    return settled('fine');
  }

  @Get('observable') observable(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return of('a', 'b').pipe(finalize(() => settled(undefined)));
  }

  @Get('passthrough') passthrough(@Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    reply.status(202);
    return settled('fine');
  }

  @Get('render') @Render('page') render(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return settled({ name: 'fine' });
  }

  @Get('redirect') @Redirect('/json') redirect(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return settled(undefined);
  }

  @Head('head') head(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return settled('fine');
  }

  @Get('204') @HttpCode(204) noContent(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return settled(undefined);
  }

  @Get('304') @HttpCode(304) notModified(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return settled(undefined);
  }

  @Get('file') file(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    const stream = Readable.from(chunksUntilReleased());
    return settled(new StreamableFile(stream));
  }

  @Get('generator') generator(@Tasks() tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return settled(chunksUntilReleased());
  }

  @Get('web-response') webResponse(@Tasks() tasks: BackgroundTasks): unknown {
    scene().addTwo(tasks);
    return settled(new Response(Readable.toWeb(Readable.from(chunksUntilReleased())) as ReadableStream));
  }

  @Get('broken-file') brokenFile(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return settled(new StreamableFile(Readable.from(failingChunks())));
  }

  @Get('sends-then-awaits') async sendsThenAwaits(@Res() reply: Reply, tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    reply.send('fine');
    await scene().release.promise;
    settled(undefined);
  }

  @Get('sends-later') sendsLater(@Res() reply: Reply, tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    void scene().release.promise.then(() => reply.send('fine'));
    settled(undefined);
  }

  @Get('throws') throws(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    settled(undefined);
    throw new BadRequestException();
  }

  @Get('throws-but-a-filter-answers-200') @UseFilters(AnswersFine) filtered(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
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
    scene().addTwo(tasks);
    return id;
  }

  @Get('slow') async slow(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    scene().entered.resolve();
    await scene().release.promise;
    return settled('fine');
  }

  @Get('slow-throws') async slowThrows(tasks: BackgroundTasks) {
    await this.slow(tasks);
    throw new BadRequestException();
  }

  @Get('never') never(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    scene().entered.resolve();
    return NEVER.pipe(finalize(() => settled(undefined)));
  }

  @Sse('sse') sse(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return interval(1).pipe(
      startWith(0),
      map((data) => ({ data: `tick ${data}` })),
      finalize(() => settled(undefined)),
    );
  }

  @Sse('sse-that-ends') sseThatEnds(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return from([{ data: 'only' }]).pipe(finalize(() => settled(undefined)));
  }

  @Get('huge') huge(tasks: BackgroundTasks) {
    scene().addTwo(tasks);
    return settled({ text: 'x'.repeat(20_000_000) });
  }

  @Get('quick') quick(tasks: BackgroundTasks) {
    scene().addTwo(tasks, 'the second adder');
    scene().entered.resolve();
    return settled('fine');
  }

  @Get('first-in-the-pipeline') async firstInThePipeline() {
    await scene().release.promise;
    return 'first';
  }
}

async function* chunksUntilReleased() {
  yield Buffer.from('begin');
  await scene().release.promise;
  scene().timeline.mark('stream ends');
  yield Buffer.from('end');
}

async function* failingChunks() {
  yield Buffer.from('begin');
  await scene().release.promise;
  throw new Error('stream broke');
}
