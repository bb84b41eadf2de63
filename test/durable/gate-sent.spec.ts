import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Res } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, type Reply, request, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { at, broken, expectLost, expectRefused, Mailer, mails, startDurable, stored } from './scene.js';

let release: Deferred;

interface FastifyLike extends Reply {
  hijack?(): void;
}

@Controller()
class Sends {
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
    void release.promise.then(() => reply.send('fine'));
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
    void release.promise.then(() => reply.status(409).send('no'));
  }

  @Get('sends-then-throws')
  async sendsThenThrows(@Res() reply: Reply, tasks: BackgroundTasks): Promise<void> {
    this.mailer.add(tasks, 'a');
    reply.send('fine');
    await release.promise;
    throw new Error('on purpose');
  }

  @Get('sends-then-throws/at-once')
  throwsAtOnce(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a', 'always');
    reply.send('fine');
    throw new Error('on purpose');
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

describe.each(platforms)('what a handler on $name sends by itself', (platform) => {
  const begin = (): Promise<Running> => {
    release = deferred();
    return startDurable(platform, { controllers: [Sends] });
  };

  it.each([
    ['sends', 'fine'],
    ['raw', 'fine'],
    ['pipes', 'x'.repeat(500_000) + 'y'.repeat(500_000)],
  ])('goes out when its tasks are stored, and they run after it: %s', async (path, body) => {
    const running = await begin();
    const answer = await request(running, `/${path}`);
    expect({ ...answer, out: at.out }).toMatchObject({ status: 200, body, out: [0] });
    await timeline.until('mail a after success');
    expect(timeline.indexOf('mail a after success')).toBeGreaterThan(timeline.indexOf('finish'));
    expect(mails()).toEqual(['a after success']);
  });

  it('goes out when that is stored which its handler had before it was done', async () => {
    const running = await begin();
    const answer = request(running, '/sends-later');
    release.resolve();
    expect(await answer).toMatchObject({ status: 200, body: 'fine' });
    await timeline.until('mail a after success');
    expect(at.out).toEqual([0]);
  });

  it('is an error once its handler has returned, also while that is stored: only what is for one runs', async () => {
    const running = await begin();
    release.resolve();
    expect(await request(running, '/sends-an-error-later')).toMatchObject({ status: 409, body: 'no' });
    await timeline.until('mail for an error after failure');
    await running.runner.idle();
    expect(mails()).toEqual(['for an error after failure']);
    expect([at.out, stored()]).toEqual([[0, 0], [['for an error']]]);
  });

  it('is an error before its handler has succeeded: what is for a success is stored once that is known', async () => {
    const running = await begin();
    expect(await request(running, '/sends-an-error')).toMatchObject({ status: 409, body: 'no' });
    await timeline.until('mail a after success');
    await running.runner.idle();
    expect([stored(), mails()]).toEqual([[['a']], ['a after success']]);
    expect(at.out[0]).toBe(0);
  });

  it('is followed by an error: what was stored is discarded', async () => {
    const running = await begin();
    expect(await request(running, '/sends-then-throws')).toMatchObject({ status: 200, body: 'fine' });
    expect(stored()).toEqual([['a']]);
    release.resolve();
    await running.runner.idle();
    expect(at.engine.calls.map(({ method }) => method)).toContain('discard');
    expect([stored(), mails()]).toEqual([[], []]);
    expect(running.runner.stats()).toMatchObject({ pending: 0, skipped: 1 });
  });

  it('is followed by an error at once, which changes nothing of it: what is for either end runs after that', async () => {
    const running = await begin();
    expect(await request(running, '/sends-then-throws/at-once')).toMatchObject({ status: 200, body: 'fine' });
    await timeline.until('mail a after failure');
    await running.runner.idle();
    expect(mails()).toEqual(['a after failure']);
  });

  describe.each(broken)('where the engine %s', (_, breaks) => {
    it.each(['sends', 'sends-later', 'sends-then-throws', 'sends-then-throws/at-once', 'raw', 'pipes'])(
      'is replaced by a 503: %s',
      async (path) => {
        const running = await begin();
        breaks(at.engine);
        const answer = request(running, `/${path}`);
        release.resolve();
        await expectRefused(await answer, running);
      },
    );

    it.each(['sends-an-error', 'sends-an-error-later'])(
      'stays what it is, an error, and the loss is logged: %s',
      async (path) => {
        const running = await begin();
        breaks(at.engine);
        const answer = request(running, `/${path}`);
        release.resolve();
        expect(await answer).toMatchObject({ status: 409, body: 'no' });
        await running.runner.idle();
        expect([stored(), mails()]).toEqual([[], []]);
        expectLost(running, 'Mailer.send');
      },
    );
  });
});
