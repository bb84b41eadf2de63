import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Res } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, type Reply, request, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { turn } from '../harness/bare-server.js';
import { Connection } from '../harness/connection.js';
import {
  at,
  describeImpatient,
  expectNothingLeft,
  expectRefused,
  Mailer,
  mails,
  startDurable,
  stored,
  storing,
} from './scene.js';

@Controller()
class Answers {
  constructor(private readonly mailer: Mailer) {}

  @Get('returns')
  returns(tasks: BackgroundTasks): string {
    this.mailer.add(tasks, 'a');
    return 'fine';
  }

  @Get('sends')
  sends(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    reply.send('fine');
  }

  /** It has been returned from, and what it added is being stored, by the time that the answer is sent. */
  @Get('sends-while-storing')
  sendsWhileStoring(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    void timeline.until('storing 0').then(() => {
      this.mailer.add(tasks, 'b');
      reply.send('fine');
    });
  }

  @Get('denies-while-storing')
  deniesWhileStoring(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    void timeline.until('storing 0').then(() => reply.status(409).send('no'));
  }
}

describe.each(platforms)('what is stored slowly, on $name,', (platform) => {
  let running: Running;

  beforeEach(async () => {
    running = await startDurable(platform, { controllers: [Answers] });
  });

  describeImpatient('too late', () => {
    it.each(['returns', 'sends'])('for its client, is discarded once it is there: %s', async (path) => {
      const hold = storing();
      await expectRefused(await request(running, `/${path}`), running);
      hold.resolve();
      while (!at.engine.calls.some(({ method }) => method === 'discard')) await turn();
      await expectNothingLeft(running);
    });
  });

  it.each(['returns', 'sends'])('runs, though its client has left meanwhile: %s', async (path) => {
    const hold = storing();
    const connection = await Connection.open(running);
    connection.send(`/${path}`);
    await timeline.until('storing 0');
    connection.hangUp();
    await timeline.until('close');
    hold.resolve();
    await timeline.until('mail a after success');
    await running.runner.idle();
    expect(mails()).toEqual(['a after success']);
  });

  it.each(['returns', 'sends'])('is waited for when the application closes: %s', async (path) => {
    const hold = storing();
    const answer = request(running, `/${path}`);
    await timeline.until('storing 0');
    const closed = running.app.close().then(() => timeline.mark('closed'));
    await turn();
    hold.resolve();
    await closed;
    expect(await answer).toMatchObject({ status: 200, body: 'fine' });
    expect(stored()).toEqual([['a']]);
  });

  it('holds back what is sent until all of it is stored, however many batches that makes', async () => {
    const { before } = at.engine;
    let first: string | undefined;
    at.engine.before = async (call) => {
      await before?.(call);
      if (call.method !== 'submit') return;
      first ??= call.id;
      timeline.mark(call.id === first ? 'storing 0' : 'storing 1');
      if (call.id === first) await timeline.until('go on');
    };
    const answer = request(running, '/sends-while-storing').finally(() => timeline.mark('answered'));
    await timeline.until('storing 1');
    await turn(2);
    expect(timeline.count('answered')).toBe(0);
    expect(at.response?.socket?.bytesWritten).toBe(0);
    timeline.mark('go on');
    expect(await answer).toMatchObject({ status: 200, body: 'fine' });
    expect(stored()).toEqual([['a'], ['b']]);
  });

  it('holds back an error, too, and does not change it where that fails', async () => {
    const hold = storing();
    const answer = request(running, '/denies-while-storing').finally(() => timeline.mark('answered'));
    await timeline.until('storing 0');
    await turn(2);
    expect(timeline.count('answered')).toBe(0);
    hold.reject(new Error('down'));
    expect(await answer).toMatchObject({ status: 409, body: 'no' });
    await expectNothingLeft(running);
  });
});
