import { describe, expect, it } from '@jest/globals';
import { fastify } from '../harness/application.js';
import { scene } from './response-endings/current-scene.js';
import { startEndings } from './response-endings/endings.module.js';

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
    expect(scene().timeline.of('task ')).toEqual(['first', 'second']);
    expect(scene().seen.map((each) => each.outcome)).toEqual([outcome, outcome]);
    expect(scene().seen.map((each) => each.aborted)).toEqual([false, false]);
  });

  it('run when its stream broke, which nothing but `close` tells', async () => {
    const running = await startEndings(fastify);
    const answer = (running.app as unknown as Injecting).inject({ url: '/broken-file', method: 'GET' });
    await scene().timeline.until('handler settled');
    scene().release.resolve();
    await expect(answer).rejects.toThrow('response destroyed before completion');
    await running.runner.idle();
    expect(scene().timeline.of('task ')).toEqual(['first', 'second']);
    expect(scene().seen.map((each) => each.aborted)).toEqual([true, true]);
  });
});
