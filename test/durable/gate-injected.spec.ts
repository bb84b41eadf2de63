import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Res } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { fastify, type Reply, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { turn } from '../harness/bare-server.js';
import { at, describeBroken, expectLost, expectRefused, Mailer, startDurable, stored } from './scene.js';

@Controller()
class Answers {
  constructor(private readonly mailer: Mailer) {}

  @Get('returns')
  @HttpCode(201)
  returns(tasks: BackgroundTasks): string {
    this.mailer.add(tasks, 'a');
    return 'fine';
  }

  @Get('sends')
  sends(@Res() reply: Reply, tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a');
    reply.status(201).send('fine');
  }

  @Get('throws')
  throws(tasks: BackgroundTasks): void {
    this.mailer.add(tasks, 'a', 'failure');
    throw new Error('on purpose');
  }
}

interface Injecting {
  inject(options: { url: string; method: 'GET' }): Promise<{ statusCode: number; body: string }>;
}

describe('an injected request', () => {
  let running: Running;

  beforeEach(async () => {
    running = await startDurable(fastify, { controllers: [Answers] });
  });

  async function inject(path: string) {
    const answer = (running.app as unknown as Injecting).inject({ url: `/${path}`, method: 'GET' });
    const { statusCode: status, body } = await answer;
    timeline.mark('answered');
    return { status, body };
  }

  it.each([
    ['returns', 201, 'success'],
    ['sends', 201, 'success'],
    ['throws', 500, 'failure'],
  ])('is answered when its tasks are stored: %s', async (path, status, outcome) => {
    const { before } = at.engine;
    const hold: Deferred = deferred();
    at.engine.before = async (call) => {
      await before?.(call);
      if (call.method === 'submit') timeline.mark('storing');
      await hold.promise;
    };
    const answer = inject(path);
    await timeline.until('storing');
    await turn(2);
    expect(timeline.count('answered')).toBe(0);
    hold.resolve();
    expect(await answer).toMatchObject({ status });
    expect(stored()).toEqual([['a']]);
    await timeline.until(`mail a after ${outcome}`);
  });

  describeBroken((breaks) => {
    it.each(['returns', 'sends'])('is told so: %s', async (path) => {
      breaks(at.engine);
      await expectRefused(await inject(path), running);
    });

    it('is told of the error that there was', async () => {
      breaks(at.engine);
      expect(await inject('throws')).toMatchObject({ status: 500 });
      await running.runner.idle();
      expect(stored()).toEqual([]);
      expectLost(running, 'Mailer.send');
    });
  });
});
