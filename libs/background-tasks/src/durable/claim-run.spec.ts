import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { DurableScene } from '../../../../test/harness/durable-scene.js';
import { MemoryTransaction } from '../../../../test/harness/memory-engine.js';
import { turn } from '../core/batch/clock.js';
import { currentTask } from '../core/running/current-task.js';
import { BackgroundTask } from '../core/tasks/background-task.js';
import { TaskGroup } from '../core/tasks/task-group.js';
import { ClaimRun, type MetUnknown } from './claim-run.js';
import { LostClaimError, type NewBatch, type Progress, type Verdict } from './engine.js';
import { StepCall } from './step-call.js';

describe('a claim', () => {
  let scene: DurableScene;
  let written: Progress[];
  let loss: AbortController;
  let batch: NewBatch;

  beforeEach(() => {
    scene = new DurableScene();
    written = [];
    loss = new AbortController();
    const steps = ['a', 'b'].map((to) => ({ name: 'mail.send', args: [to], outcome: 'success' }) as const);
    batch = { v: 1, id: randomUUID(), steps, carry: {} };
  });

  afterEach(() => {
    jest.restoreAllMocks();
    scene.close();
  });

  function run(progress: Progress = { cursor: 0, failures: 0 }): Promise<Verdict | MetUnknown> {
    const checkpoint = async (now: Progress): Promise<void> => void written.push(now);
    const claim = { id: batch.id, batch, progress, signal: loss.signal, checkpoint };
    return new ClaimRun(scene.scheduler, scene.claims, claim, batch).run();
  }

  /** Has a step add a durable task to a batch of its own, as `addTask()` does there. */
  function add(to: string): void {
    const { call } = scene.scheduler.application.currentCall;
    if (!(call instanceof StepCall)) throw new Error('No step is at work.');
    call.batch.add(new BackgroundTask(scene.mailer, 'audit', to), TaskGroup.ofItsOwn(), call);
  }

  const counts = () => scene.scheduler.reports.counts;

  it('that is lost before a step begins no further one', async () => {
    scene.mailer.does = () => turn().then(() => loss.abort());
    await expect(run()).rejects.toThrow(LostClaimError);
    expect(scene.told()).not.toContain('succeeded Mailer.send');
    expect(written).toEqual([]);
    expect(counts()).toMatchObject({ pending: 0, running: 0, succeeded: 0 });
  });

  it('that is lost already begins none', async () => {
    loss.abort();
    await expect(run()).rejects.toThrow(LostClaimError);
    expect(scene.told()).toEqual([]);
  });

  it('that is lost tells the step so, and waits for it no longer', async () => {
    let signal: AbortSignal | undefined;
    scene.mailer.does = () => {
      signal = currentTask()?.signal;
      return new Promise(() => undefined);
    };
    const running = run();
    await turn();
    loss.abort();
    await expect(running).rejects.toThrow(`Lost the claim on the durable batch ${batch.id}`);
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toBeInstanceOf(LostClaimError);
    expect(scene.scheduler.application.openBatches.claimed.size).toBe(0);
    expect(counts()).toMatchObject({ pending: 0, running: 0, failed: 0 });
    expect(scene.lines('error')).toEqual([]);
  });

  it('hears of its loss no more once it is left', async () => {
    const listens = jest.spyOn(loss.signal, 'removeEventListener');
    await run();
    expect(listens).toHaveBeenCalledWith('abort', expect.any(Function));
    loss.abort();
    expect(scene.told().at(-1)).toBe('finished');
  });

  it('is yielded between two steps, once the application shuts down', async () => {
    scene.mailer.does = () => scene.scheduler.beginDraining();
    expect(await run()).toEqual({ type: 'yield' });
    expect(written).toEqual([{ cursor: 1, failures: 0 }]);
    expect(scene.told()).toEqual(['started Mailer.send', 'succeeded Mailer.send']);
    expect(counts()).toMatchObject({ pending: 0, running: 0, succeeded: 1 });
  });

  it('is yielded, too, where the shutdown waits for a step no longer, which is no failure', async () => {
    scene.mailer.does = async () => {
      const { signal } = currentTask() ?? {};
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped'))));
    };
    const running = run();
    await turn();
    scene.scheduler.stop(new Error('over'));
    expect(await running).toEqual({ type: 'yield' });
    expect(written).toEqual([]);
    expect(scene.lines('error')).toEqual([]);
    expect(counts()).toMatchObject({ pending: 0, running: 0, failed: 0 });
  });

  it('says what is left where it meets a name that it does not know', async () => {
    const later = { name: 'later', args: [], outcome: 'success' } as const;
    batch = { ...batch, steps: [...batch.steps, later, ...batch.steps] };
    expect(await run({ cursor: 1, failures: 0 })).toEqual({
      unknown: 'later',
      left: ['later', 'mail.send', 'mail.send'],
      progress: { cursor: 2, failures: 0 },
    });
  });

  it('ends a step once what that has added is stored, under the same id in each run of this attempt', async () => {
    const store = deferred();
    scene.engine.before = ({ method }) => (method === 'submit' ? store.promise : Promise.resolve());
    scene.mailer.does = (to) => add(`of ${to}`);
    batch = { ...batch, steps: batch.steps.slice(0, 1) };
    const running = run();
    await scene.engine.until('submit');
    expect(scene.told()).not.toContain('succeeded Mailer.send');
    store.resolve();
    expect(await running).toEqual({ type: 'done' });
    await scene.idle();
    await run();
    await scene.idle();
    expect(scene.mails).toEqual([['of a after success']]);
    await run({ cursor: 0, failures: 1 });
    await scene.idle();
    expect(scene.mails).toEqual([['of a after success'], ['of a after success']]);
  });

  it('fails a step whose tasks cannot be stored', async () => {
    scene.engine.down = true;
    scene.mailer.does = (to) => add(`of ${to}`);
    expect(await run()).toMatchObject({ type: 'retry', error: expect.stringContaining('DurableStoreError') });
  });

  it('that is lost leaves what its step has stored already to whoever makes it again', async () => {
    scene.mailer.does = async (to) => {
      add(`of ${to}`);
      await scene.scheduler.application.currentCall.call?.existingBatch?.handover?.persistIn(new MemoryTransaction());
      loss.abort();
    };
    await expect(run()).rejects.toThrow(LostClaimError);
    await scene.idle();
    expect(scene.calls).toEqual(['submit']);
    expect(scene.told()).toContain('released');
    expect(counts()).toMatchObject({ pending: 0, stored: 1 });
  });

  it('that is lost stores nothing of what its step has added: whoever makes it again does', async () => {
    scene.mailer.does = (to) => {
      add(`of ${to}`);
      return new Promise(() => undefined);
    };
    const running = run();
    await turn();
    loss.abort();
    await expect(running).rejects.toThrow(LostClaimError);
    await scene.idle();
    expect(scene.calls).toEqual([]);
    expect(scene.told()).toContain('skipped Mailer.audit by outcome');
  });
});
