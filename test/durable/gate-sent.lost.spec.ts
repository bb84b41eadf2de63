import { describe, expect, it } from '@jest/globals';
import { platforms, request, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { turn } from '../harness/bare-server.js';
import { at, breaksAt, describeBroken, expectLost, expectRefused, mails, startDurable, stored } from './scene.js';
import { handler, Sends } from './sends.controller.js';

describe.each(platforms)('what a handler on $name sends by itself', (platform) => {
  const begin = (): Promise<Running> => startDurable(platform, { controllers: [Sends] });

  describeBroken((breaks) => {
    it('has what is added after it tried to be stored until it is, and changes nothing of the rest', async () => {
      const running = await begin();
      breaksAt(1, breaks);
      expect(await request(running, '/sends-then-adds')).toMatchObject({ status: 200, body: 'fine' });
      handler.release.resolve();
      while (at.out.length < 2) await turn();
      Object.assign(at.engine, { down: false, hanging: false });
      await timeline.until('mail a after success');
      await timeline.until('mail late after success');
      expect(timeline.count('mail in this process')).toBe(1);
    });

    it('is replaced, and nothing of it runs, in this process neither, though its handler succeeds after that', async () => {
      const running = await begin();
      breaks(at.engine);
      const answer = await request(running, '/sends-then-adds');
      handler.release.resolve();
      await expectRefused(answer, running);
      expect(running.runner.stats()).toMatchObject({ skipped: 3, failed: 0 });
    });

    it.each(['sends', 'sends-later', 'sends-then-throws', 'sends-then-throws/at-once', 'raw', 'pipes'])(
      'is replaced by a 503: %s',
      async (path) => {
        const running = await begin();
        breaks(at.engine);
        const answer = request(running, `/${path}`);
        handler.release.resolve();
        await expectRefused(await answer, running);
      },
    );

    it.each([
      ['sends-an-error-later', ['Mailer.send']],
      // what was lost at its first byte, and what its handler's success was for
      ['sends-an-error', ['Mailer.send', 'Mailer.send']],
    ])('stays what it is, an error, and each loss is logged: %s', async (path, lost) => {
      const running = await begin();
      breaks(at.engine);
      const answer = request(running, `/${path}`);
      handler.release.resolve();
      expect(await answer).toMatchObject({ status: 409, body: 'no' });
      await running.runner.idle();
      expect([stored(), mails()]).toEqual([[], []]);
      expectLost(running, ...lost);
    });
  });
});
