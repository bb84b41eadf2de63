import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { DurableScene } from '../../../../test/harness/durable-scene.js';
import { clock, turn } from '../core/batch/clock.js';
import { currentTask } from '../core/running/current-task.js';
import type { TaskContext } from '../core/tasks/task-context.js';
import { DurableLog } from './durable-log.js';
import type { Claim, NewBatch, Progress, Step, Verdict } from './engine.js';
import { StepLoop } from './step-loop.js';

const BEGINNING: Progress = { cursor: 0, failures: 0 };

describe('a worker that has claimed a batch', () => {
  let scene: DurableScene;
  let written: Progress[];
  let loss: AbortController;
  let batch: NewBatch;
  /** To whom mails were sent, in order. */
  let sent: string[];

  beforeEach(() => {
    scene = new DurableScene();
    written = [];
    loss = new AbortController();
    sent = [];
    batch = batchOf(step('a'), step('b'), step('c'));
    scene.mailer.does = (to) => void sent.push(to);
  });

  afterEach(() => {
    jest.restoreAllMocks();
    scene.close();
  });

  function step(to: string, said: Partial<Step> = {}): Step {
    return { name: 'mail.send', args: [to], outcome: 'success', ...said };
  }

  function batchOf(...steps: Step[]): NewBatch {
    return { v: 1, id: randomUUID(), steps, carry: { tenant: 'acme' } };
  }

  function run(progress: Progress = BEGINNING, found: unknown = batch): Promise<Verdict> {
    const { scheduler, claims } = scene;
    const claim: Claim = {
      id: batch.id,
      batch: found,
      progress,
      signal: loss.signal,
      checkpoint: async (now) => void written.push(now),
    };
    return new StepLoop(scheduler, claims, new DurableLog()).run(claim);
  }

  /** Has the first attempts fail, so many of them. */
  function failing(times: number, error: unknown = new RangeError('no')): void {
    let attempts = 0;
    scene.mailer.does = (to) => {
      if (attempts++ < times) throw error;
      sent.push(to);
    };
  }

  it('runs its steps in order, and writes down each but the last, which the engine does', async () => {
    expect(await run()).toEqual({ type: 'done' });
    expect(sent).toEqual(['a', 'b', 'c']);
    expect(written).toEqual([
      { cursor: 1, failures: 0 },
      { cursor: 2, failures: 0 },
    ]);
    const each = ['started Mailer.send', 'succeeded Mailer.send'];
    expect(scene.told()).toEqual([...each, ...each, ...each, 'finished']);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, running: 0, succeeded: 3, stored: 0 });
  });

  it('goes on at its cursor, and has nothing to do behind the last one', async () => {
    expect(await run({ cursor: 2, failures: 0 })).toEqual({ type: 'done' });
    expect(sent).toEqual(['c']);
    expect(await run({ cursor: 3, failures: 0 })).toEqual({ type: 'done' });
    expect(sent).toEqual(['c']);
  });

  it('has each step see what it is', async () => {
    let seen: TaskContext | undefined;
    scene.mailer.does = () => (seen = currentTask());
    batch = batchOf(step('a', { outcome: 'failure', index: 4, label: 'welcome' }));
    await run({ cursor: 0, failures: 2 });
    expect(seen).toMatchObject({
      name: 'welcome',
      batchId: batch.id,
      index: 4,
      attempt: 3,
      outcome: 'failure',
      status: undefined,
      aborted: false,
      carried: { tenant: 'acme' },
    });
    expect(Object.isFrozen(seen?.carried)).toBe(true);
  });

  it('counts what is left as pending, as long as it has it', async () => {
    const work = deferred();
    scene.mailer.does = () => work.promise;
    const running = run({ cursor: 1, failures: 0 });
    await turn();
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 1, running: 1 });
    expect(scene.scheduler.reports.unfinished).toBe(0);
    expect(scene.scheduler.application.openBatches.claimed.size).toBe(1);
    work.resolve();
    await running;
    expect(scene.scheduler.application.openBatches.claimed.size).toBe(0);
  });

  describe('whose step throws', () => {
    it('has it tried again, and writes down why, and since when', async () => {
      jest.spyOn(clock, 'wallTime').mockReturnValue(5000);
      jest.spyOn(Math, 'random').mockReturnValue(0);
      failing(1);
      expect(await run()).toEqual({ type: 'retry', in: 1000, error: 'RangeError: no' });
      expect(written).toEqual([{ cursor: 0, failures: 1, since: 5000, error: 'RangeError: no' }]);
      expect(scene.told()).toEqual(['started Mailer.send', 'retrying Mailer.send']);
      expect(scene.lines('warn')).toEqual([expect.stringContaining('is tried again, attempt 2: RangeError: no')]);
      expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, running: 0, failed: 0 });
    });

    it('waits longer after each failure, and keeps when the first began', async () => {
      jest.spyOn(Math, 'random').mockReturnValue(0);
      failing(1);
      expect(await run({ cursor: 1, failures: 2, since: 7 })).toMatchObject({ type: 'retry', in: 4000 });
      expect(written).toEqual([{ cursor: 1, failures: 3, since: 7, error: 'RangeError: no' }]);
    });

    it('fails once its attempts are used up, and skips those after it by name', async () => {
      batch = batchOf(step('a'), step('b', { name: 'mail.audit' }), step('c', { name: 'unknown' }));
      failing(1);
      expect(await run({ cursor: 0, failures: 3 })).toEqual({ type: 'failed', error: 'RangeError: no' });
      expect(written).toEqual([]);
      expect(scene.told()).toEqual([
        'started Mailer.send',
        'failed Mailer.send',
        'skipped Mailer.audit by failure',
        'skipped unknown by failure',
        'finished',
      ]);
      const skipped = scene.recorded.told.filter(({ type }) => type === 'skipped');
      expect(skipped).toMatchObject([{ index: 1 }, { index: 2 }]);
      const [line] = scene.logger.ofTasks('error');
      expect(String(line?.message)).toContain('failed after 4 attempts');
      expect(JSON.stringify([line?.message, line?.details])).toContain('Mailer.audit');
      expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, failed: 1, skipped: 2 });
    });

    it.each([
      [0, 0],
      [{ retries: 1 }, 1],
    ])('has as many attempts as the step says: %j', async (retries, most) => {
      batch = batchOf(step('a', { retries }));
      failing(9);
      expect(await run({ cursor: 0, failures: most })).toMatchObject({ type: 'failed' });
    });

    it('fails once they have taken too long', async () => {
      jest.spyOn(clock, 'wallTime').mockReturnValue(10_000);
      batch = batchOf(step('a', { retries: { retries: 9, maxRetryTime: 3000 } }));
      failing(2);
      expect(await run({ cursor: 0, failures: 1, since: 7001 })).toMatchObject({ type: 'retry' });
      expect(await run({ cursor: 0, failures: 1, since: 7000 })).toMatchObject({ type: 'failed' });
    });

    it('fails at its timeout, where it has one', async () => {
      batch = batchOf(step('a', { timeout: 5, retries: 0 }));
      scene.mailer.does = () => new Promise(() => undefined);
      expect(await run()).toMatchObject({ type: 'failed', error: expect.stringContaining('5 ms') });
    });
  });
});
