import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DurableScene } from '../../../../test/harness/durable-scene.js';
import { clock } from '../core/batch/clock.js';
import { DurableLog } from './durable-log.js';
import type { NewBatch, Progress, Step, Verdict } from './engine.js';
import { StepLoop } from './step-loop.js';

const BEGINNING: Progress = { cursor: 0, failures: 0 };

describe('a worker that cannot run what it has claimed', () => {
  let scene: DurableScene;
  let written: Progress[];
  let batch: NewBatch;
  /** To whom mails were sent, in order. */
  let sent: string[];

  beforeEach(() => {
    scene = new DurableScene();
    written = [];
    sent = [];
    batch = batchOf(step('a'));
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
    return { v: 1, id: randomUUID(), steps, carry: {} };
  }

  function run(progress: Progress = BEGINNING, found: unknown = batch): Promise<Verdict> {
    const { scheduler, claims } = scene;
    const checkpoint = async (now: Progress): Promise<void> => void written.push(now);
    const claim = { id: batch.id, batch: found, progress, signal: new AbortController().signal, checkpoint };
    return new StepLoop(scheduler, claims, new DurableLog()).run(claim);
  }

  const HOUR = 3_600_000;

  it('leaves it to others, which may know its name, and spends no attempt', async () => {
    jest.spyOn(clock, 'wallTime').mockReturnValue(50_000);
    batch = batchOf(step('a'), step('b', { name: 'later' }));
    const error = 'No worker knows the name "later".';
    expect(await run()).toEqual({ type: 'retry', in: 1000, error });
    expect(written).toEqual([
      { cursor: 1, failures: 0 },
      { cursor: 1, failures: 0, unknownSince: 50_000 },
    ]);
    expect(scene.lines('warn')).toEqual([expect.stringMatching(/knows the name "later".*After 60 minutes/)]);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, running: 0, succeeded: 1 });
  });

  it('looks for one less and less often, says so once, and fails it after an hour', async () => {
    const now = jest.spyOn(clock, 'wallTime');
    batch = batchOf(step('a', { name: 'later' }), step('b'));
    const since = { cursor: 0, failures: 1, unknownSince: 0 };
    for (const [at, wait] of [
      [2000, 3000],
      [29_000, 30_000],
      [HOUR - 1, 30_000],
    ] as const) {
      now.mockReturnValue(at);
      expect(await run(since)).toMatchObject({ type: 'retry', in: wait });
    }
    expect(scene.lines('warn')).toEqual([]);
    now.mockReturnValue(HOUR);
    expect(await run(since)).toEqual({ type: 'failed', error: 'No worker knows the name "later".' });
    expect(scene.lines('error')).toEqual([expect.stringMatching(/"later".*Not done: "later", "mail.send"/)]);
    expect(written).toEqual([]);
  });

  it('leaves one of a later version, too', async () => {
    expect(await run(BEGINNING, { ...batch, v: 2 })).toMatchObject({ error: 'No worker knows version 2.' });
    expect(written).toEqual([expect.objectContaining({ cursor: 0, unknownSince: expect.any(Number) })]);
  });

  it('fails what is no batch of this library, and calls nothing', async () => {
    expect(await run(BEGINNING, { hello: 'world' })).toMatchObject({
      type: 'failed',
      error: expect.stringContaining('no batch of nestjs-background-tasks'),
    });
    expect(scene.lines('error')).toEqual([expect.stringContaining(`The job ${batch.id}`)]);
    expect(sent).toEqual([]);
  });
});
