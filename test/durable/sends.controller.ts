import { setImmediate as turn } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { beforeEach } from '@jest/globals';
import { Controller, Get, Res } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import type { Reply } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Mailer } from './scene.js';

/** What a handler waits for; renewed for each test. */
export const handler: { release: Deferred } = { release: deferred() };

beforeEach(() => {
  handler.release = deferred();
});

interface FastifyLike extends Reply {
  hijack?(): void;
}

/** Handlers that answer by themselves. */
@Controller()
export class Sends {
  constructor(private readonly mailer: Mailer) {}

  @Get('sends')
  sends(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    this.mailer.add(tasks, 'for an error', 'failure');
    reply.send('fine');
  }

  @Get('sends-later')
  sendsLater(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    void handler.release.promise.then(() => reply.send('fine'));
  }

  @Get('sends-an-error')
  sendsAnError(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    this.mailer.add(tasks, 'for an error', 'failure');
    reply.status(409).send('no');
  }

  @Get('sends-an-error-later')
  sendsAnErrorLater(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    this.mailer.add(tasks, 'for an error', 'failure');
    // by then the handler has ended, whatever follows it
    void handler.release.promise.then(() => turn()).then(() => reply.status(409).send('no'));
  }

  @Get('sends-then-throws')
  async sendsThenThrows(@Res() reply: Reply, tasks: BackgroundTasks): Promise<void> {
    this.mailer.add(tasks, 'a');
    reply.send('fine');
    await handler.release.promise;
    throw new Error('on purpose');
  }

  @Get('sends-then-throws/at-once')
  throwsAtOnce(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a', 'always');
    reply.send('fine');
    throw new Error('on purpose');
  }

  @Get('sends-then-adds')
  async sendsThenAdds(@Res() reply: Reply, tasks: BackgroundTasks): Promise<void> {
    this.mailer.add(tasks, 'a');
    tasks.addTask(() => timeline.mark('mail in this process'));
    reply.send('fine');
    await handler.release.promise;
    this.mailer.add(tasks, 'late');
  }

  @Get('raw')
  raw(@Res() reply: FastifyLike, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    const response = rawOf(reply);
    response.writeHead(200, { 'x-raw': 'yes' });
    response.write('fi');
    response.end('ne');
  }

  @Get('pipes')
  pipes(@Res() reply: FastifyLike, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    Readable.from(['x'.repeat(500_000), 'y'.repeat(500_000)]).pipe(rawOf(reply));
  }
}

/** Node's own response, which a handler answers by itself. */
function rawOf(reply: FastifyLike): NonNullable<Reply['raw']> {
  reply.hijack?.();
  return reply.raw ?? (reply as unknown as NonNullable<Reply['raw']>);
}
