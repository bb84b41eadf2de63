import { describe, expect, it } from '@jest/globals';
import { platforms, request, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { at, mails, startDurable, stored } from './scene.js';
import { handler, Sends } from './sends.controller.js';

describe.each(platforms)('what a handler on $name sends by itself', (platform) => {
  const begin = (): Promise<Running> => startDurable(platform, { controllers: [Sends] });

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
    handler.release.resolve();
    expect(await answer).toMatchObject({ status: 200, body: 'fine' });
    await timeline.until('mail a after success');
    expect(at.out).toEqual([0]);
  });

  it('is an error once its handler has returned, also while that is stored: only what is for one runs', async () => {
    const running = await begin();
    handler.release.resolve();
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
    handler.release.resolve();
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

  it('has what is added after it stored late, and then that runs, too', async () => {
    const running = await begin();
    expect(await request(running, '/sends-then-adds')).toMatchObject({ status: 200, body: 'fine' });
    expect(stored()).toEqual([['a']]);
    handler.release.resolve();
    await timeline.until('mail late after success');
    await timeline.until('mail a after success');
    expect([stored(), timeline.of('mail in this process')]).toEqual([[['a'], ['late']], ['']]);
  });
});
