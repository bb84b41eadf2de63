import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platforms, request } from '../harness/application.js';
import { Program } from '../harness/program.js';

/** What the tests look at in a line. */
interface Line {
  readonly level: number;
  readonly msg: string;
  readonly req?: { readonly id: number | string; readonly url: string };
  readonly context?: string;
  readonly task?: string;
  readonly attempt?: number;
}

const INFO = 30;
const ERROR = 50;

describe.each(['nestjs-pino', 'nestjs-pino-4'])('the log by %s', (nestjsPino) => {
  let program: Program;

  beforeAll(async () => {
    program = await Program.compile('test/recipes/logging.ts', { 'nestjs-pino': nestjsPino });
  });

  afterAll(async () => {
    await program.remove();
  });

  describe.each(platforms)('on $name', ({ name }) => {
    let lines: Line[];

    beforeAll(async () => {
      const child = await program.start(name);
      await Promise.all([0, 1, 2].map((id) => request(child, `/accounts/${id}`, { method: 'POST' })));
      // the drain waits for the tasks
      await child.terminate();
      lines = child.output.events.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
    });

    const linesOf = (url: string): Line[] => lines.filter(({ req }) => req?.url === url);

    it.each([1, 2])('has the same request in the lines of handler and task, of request %i', (id) => {
      const [handler, ...others] = linesOf(`/accounts/${id}`);
      expect(handler).toMatchObject({ level: INFO, msg: 'the account is there', req: { id: expect.anything() } });
      expect(others).toContainEqual(
        expect.objectContaining({
          msg: 'the welcome mail is out',
          req: expect.objectContaining({ id: handler?.req?.id }),
        }),
      );
    });

    it('has another one for each request', () => {
      const ids = ['/accounts/0', '/accounts/1', '/accounts/2'].map((url) => linesOf(url)[0]?.req?.id);
      expect(new Set(ids).size).toBe(3);
    });

    it('has it in the line of a task that failed, too', () => {
      const [handler, ...others] = linesOf('/accounts/0');
      expect(handler?.msg).toBe('the account is there');
      expect(others).toContainEqual(
        expect.objectContaining({
          level: ERROR,
          context: 'BackgroundTasks',
          msg: expect.stringContaining('"Mailer.sendWelcome" failed: RangeError: no account'),
          req: expect.objectContaining({ id: handler?.req?.id }),
        }),
      );
    });

    it('says which task a line is of, and in no other line', () => {
      const ofTasks = lines.filter(({ task }) => task !== undefined);
      const each = { msg: 'the welcome mail is out', task: 'Mailer.sendWelcome', attempt: 1 };
      expect(ofTasks).toMatchObject([each, each]);
    });
  });
});
