import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { currentTask, DurableBatches } from 'nestjs-background-tasks';
import { AbortError } from 'p-retry';
import type { NewBatch, Step } from '../../libs/background-tasks/src/durable/engine.js';
import { express } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, script, timeline } from './mailer.js';

@Controller()
class Nothing {}

const boom = new Error('boom');
const fail = (): never => {
  throw boom;
};

const step = (what: string, more: Partial<Step> = {}): Step => ({
  name: 'mail.send',
  args: [what],
  outcome: 'success',
  ...more,
});

describe('the steps of a stored batch', () => {
  let running: DurableRunning;
  let batches: DurableBatches;

  beforeEach(async () => {
    beginAnew();
    running = await startDurable(express, { controllers: [Nothing] }, { defaults: { retries: 2, timeout: 60_000 } });
    batches = running.app.get(DurableBatches);
  });

  async function store(steps: readonly Step[], carry: Record<string, string> = {}): Promise<NewBatch> {
    const batch: NewBatch = { v: 1, id: randomUUID(), steps, carry };
    await running.engine.submit(batch, { hold: 0 });
    return batch;
  }

  const until = (id: string, state: 'completed' | 'failed'): Promise<void> => running.engine.store.until(id, state);

  it('run in order, each once, and each knows what it is', async () => {
    const seen: unknown[] = [];
    for (const what of ['a', 'b']) script.set(what, () => seen.push({ ...pick(), carried: currentTask()?.carried }));
    const { id } = await store([step('a'), step('b', { outcome: 'failure' })], { tenant: 'x' });
    await until(id, 'completed');
    const all = { attempt: 1, status: undefined, aborted: false, batchId: id, carried: { tenant: 'x' } };
    expect(seen).toEqual([
      { ...all, index: 0, outcome: 'success' },
      { ...all, index: 1, outcome: 'failure' },
    ]);
    expect(await batches.get(id)).toMatchObject({ state: 'completed', cursor: 2, tasks: ['mail.send', 'mail.send'] });
  });

  it('are tried again from the one that failed, and attempts are counted for each', async () => {
    let failures = 0;
    script.set('b', () => void (failures++ < 2 && fail()));
    script.set('c', () => timeline.mark(`attempt ${currentTask()?.attempt}`));
    const { id } = await store([step('a'), step('b', { retries: { retries: 2, minTimeout: 1 } }), step('c')]);
    await until(id, 'completed');
    expect(timeline.of('begins ')).toEqual(['a', 'b', 'b', 'b', 'c']);
    expect(timeline.of('attempt ')).toEqual(['1']);
    expect(running.events.filter(({ type }) => type === 'retrying')).toMatchObject([
      { attempt: 2, error: boom, index: 1 },
      { attempt: 3, error: boom, index: 1 },
    ]);
    expect(running.logger.ofTasks('warn')).toHaveLength(2);
  });

  it('stop at one that has used up its attempts; the later ones go on by redrive alone, at that one', async () => {
    script.set('b', fail);
    const { id } = await store([step('a'), step('b', { retries: 0 }), step('c')]);
    await until(id, 'failed');
    expect(timeline.of('begins ')).toEqual(['a', 'b']);
    expect(running.events.filter(({ type }) => type === 'skipped')).toMatchObject([{ index: 2, reason: 'failure' }]);
    expect(running.logger.ofTasks('error')).toHaveLength(1);
    expect(running.logger.ofTasks('error')[0]?.message).toContain('Skipped after it: "Mailer.send"');
    expect(await batches.get(id)).toMatchObject({ state: 'failed', cursor: 1, error: 'Error: boom' });
    expect(await batches.failed()).toMatchObject([{ id }]);
    script.delete('b');
    await batches.redrive(id);
    await until(id, 'completed');
    expect(timeline.of('begins ')).toEqual(['a', 'b', 'b', 'c']);
    expect(running.runner.stats()).toMatchObject({ succeeded: 3, failed: 1, skipped: 1, pending: 0, running: 0 });
  });

  it('are not tried again where one says so, by an AbortError', async () => {
    script.set('a', () => {
      throw new AbortError('no more');
    });
    const { id } = await store([step('a')]);
    await until(id, 'failed');
    expect(timeline.of('begins ')).toEqual(['a']);
  });

  it('fail by their timeout, which aborts their signal', async () => {
    script.set(
      'a',
      () => new Promise<void>((resolve) => currentTask()?.signal.addEventListener('abort', () => resolve())),
    );
    const { id } = await store([step('a', { timeout: 5, retries: 0 })]);
    await until(id, 'failed');
    expect((await batches.get(id))?.error).toMatch(/^TimeoutError/);
  });

  it('end without a verdict where the claim is lost: the other worker has it, and the task is told', async () => {
    const told = deferred<unknown>();
    script.set('a', () => {
      currentTask()?.signal.addEventListener('abort', () => told.resolve(currentTask()));
      script.delete('a');
      return new Promise(() => undefined);
    });
    const { id } = await store([step('a'), step('b')]);
    await timeline.until('begins a');
    running.engine.store.lapse(id);
    await told.promise;
    await timeline.until('sent b after success');
    expect(timeline.of('begins ')).toEqual(['a', 'a', 'b']);
    expect(running.events.filter(({ type }) => type === 'failed')).toEqual([]);
  });

  it('are nothing that idle() waits for, nor that counts against others', async () => {
    const release = deferred();
    script.set('a', () => release.promise);
    const { id } = await store([step('a'), step('b')]);
    await timeline.until('begins a');
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ batches: 1, pending: 1, running: 1 });
    release.resolve();
    await until(id, 'completed');
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, succeeded: 2 });
  });

  it('are refused by redrive and cancel where it makes no sense', async () => {
    const { id } = await store([step('a')]);
    await until(id, 'completed');
    await expect(batches.redrive(id)).rejects.toThrow(`${id}: it is completed`);
    await expect(batches.redrive('nonsense')).rejects.toThrow('nonsense: it is not there');
    expect(await batches.cancel(id)).toBe(false);
    expect(await batches.get(randomUUID())).toBeUndefined();
    await expect(batches.failed({ limit: 0 })).rejects.toThrow('Expected `limit` to be');
  });
});

function pick() {
  const { attempt, status, aborted, batchId, index, outcome } = currentTask() ?? {};
  return { attempt, status, aborted, batchId, index, outcome };
}
