import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { BackgroundTasksRunner, DurableStoreError } from 'nestjs-background-tasks';
import { timeline } from '../harness/audit.js';
import { turn } from '../harness/bare-server.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { at, describeBroken, durable, expectLost, expectNothingLeft, Mailer, mails, stored, storing } from './scene.js';

describe('scope()', () => {
  let module: TestingModule;
  let runner: BackgroundTasksRunner;
  let mailer: Mailer;
  let logger: RecordingLogger;

  beforeEach(async () => {
    logger = new RecordingLogger();
    module = await Test.createTestingModule({ imports: durable(), providers: [Mailer] })
      .setLogger(logger)
      .compile();
    await module.init();
    runner = module.get(BackgroundTasksRunner);
    mailer = module.get(Mailer);
  });

  afterEach(() => module.close());

  it('resolves when its tasks are stored, in order, and they run after that', async () => {
    const hold = storing();
    const scope = runner
      .scope(async (tasks) => {
        mailer.add(tasks, 'a');
        await Promise.resolve();
        mailer.add(tasks, 'b');
        mailer.add(tasks, 'for an error', 'failure');
        return 42;
      })
      .finally(() => timeline.mark('resolved'));
    await timeline.until('storing 0');
    await turn();
    expect(timeline.count('resolved')).toBe(0);
    hold.resolve();
    await expect(scope).resolves.toBe(42);
    expect([stored(), mails()]).toEqual([[['a', 'b']], []]);
    await timeline.until('mail b after success');
    await runner.idle();
    expect(mails()).toEqual(['a after success', 'b after success']);
  });

  it('rejects with what its function throws when what is for that is stored', async () => {
    const hold = storing();
    const scope = runner.scope((tasks) => {
      mailer.add(tasks, 'a');
      mailer.add(tasks, 'for an error', 'failure');
      throw new Error('on purpose');
    });
    const rejected = scope.catch((error: unknown) => {
      timeline.mark('rejected');
      return error;
    });
    await timeline.until('storing 0');
    await turn();
    expect(timeline.count('rejected')).toBe(0);
    hold.resolve();
    expect(await rejected).toEqual(new Error('on purpose'));
    await timeline.until('mail for an error after failure');
    await runner.idle();
    expect(mails()).toEqual(['for an error after failure']);
  });

  it('stores within another one what that has no part in', async () => {
    await runner.scope(async (outer) => {
      mailer.add(outer, 'outer');
      await runner.scope((inner) => mailer.add(inner, 'inner'));
      expect(stored()).toEqual([['inner']]);
    });
    expect(stored()).toEqual([['inner'], ['outer']]);
  });

  it('stores what is added when it is over as a batch of its own, late', async () => {
    await runner.scope((tasks) => {
      tasks.addTask(() => mailer.add(tasks, 'late'));
    });
    await timeline.until('mail late after success');
    await runner.idle();
    expect(stored()).toEqual([['late']]);
  });

  describeBroken((breaks) => {
    it('rejects, and nothing of it runs, in this process neither', async () => {
      breaks(at.engine);
      const scope = runner.scope((tasks) => {
        mailer.add(tasks, 'a');
        tasks.addTask(() => timeline.mark('mail in this process'));
      });
      const error = await scope.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DurableStoreError);
      expect((error as DurableStoreError).cause).toBeInstanceOf(Error);
      await expectNothingLeft({ runner });
    });

    it('rejects with what its function throws, and the loss is logged', async () => {
      breaks(at.engine);
      const scope = runner.scope((tasks) => {
        mailer.add(tasks, 'for an error', 'failure');
        throw new Error('on purpose');
      });
      await expect(scope).rejects.toThrow('on purpose');
      await expectNothingLeft({ runner });
      expectLost({ logger }, 'Mailer.send');
    });
  });
});
