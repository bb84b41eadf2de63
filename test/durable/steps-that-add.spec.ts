import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Scope } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, currentTask } from 'nestjs-background-tasks';
import type { NewBatch } from '../../libs/background-tasks/src/durable/engine.js';
import { express } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, Mailer, script, timeline } from './mailer.js';

@Controller()
class Nothing {}

const fail = (): never => {
  throw new Error('boom');
};

describe('what a step adds', () => {
  let running: DurableRunning;
  let tasks: BackgroundTasks;
  let mailer: Mailer;

  beforeEach(async () => {
    beginAnew();
    running = await startDurable(express, {
      imports: [BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT })],
      controllers: [Nothing],
    });
    tasks = running.app.get(BackgroundTasks);
    mailer = running.app.get(Mailer);
  });

  /** Stores a batch of steps, which are called by their argument in the script. */
  async function store(...whats: string[]): Promise<NewBatch> {
    const retries = { retries: 1, minTimeout: 1 };
    const steps = whats.map((what) => ({ name: 'mail.send', args: [what], outcome: 'success', retries }) as const);
    const batch: NewBatch = { v: 1, id: randomUUID(), steps, carry: {} };
    await running.engine.submit(batch, { hold: 0 });
    return batch;
  }

  /** Adds two tasks, for either end of the attempt. */
  function addBoth(): void {
    tasks.addTask(mailer, 'send', 'success');
    tasks.addTask(mailer, 'audit', 'always').with({ runOn: 'always' });
    tasks.addTask(mailer, 'audit', 'failure').with({ runOn: 'failure' });
  }

  const steps = (): string[] => timeline.of('begins ').filter((what) => what.length > 1);

  it('is stored before the step counts as done, and runs after it', async () => {
    script.set('a', addBoth);
    await store('a');
    await timeline.until('audited always after success');
    expect(steps()).toEqual(['success', 'always']);
    expect(running.calls().slice(0, 3)).toEqual(['submit', 'submit', 'release']);
    await nothingLeft(running);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, stored: 2, skipped: 1 });
  });

  it('is that of its attempt alone: one that fails stores what is for a failure, and the next one adds anew', async () => {
    script.set('a', () => {
      addBoth();
      if (currentTask()?.attempt === 1) fail();
    });
    await store('a');
    await timeline.until('audited always after success');
    await timeline.until('audited failure after failure');
    expect(steps().toSorted()).toEqual(['always', 'always', 'failure', 'success']);
  });

  it('is stored once, where the step was done and its claim is lost before that is written down', async () => {
    script.set('a', addBoth);
    lapseAtFirstCheckpoint();
    const { id } = await store('a', 'b');
    await running.engine.store.until(id, 'completed');
    await timeline.until('audited always after success');
    await running.runner.idle();
    expect(timeline.count('begins a')).toBe(2);
    expect(steps()).toEqual(['success', 'always']);
  });

  it('is another batch where the same attempt is made again and ends otherwise', async () => {
    script.set('a', () => {
      addBoth();
      if (timeline.count('begins a') === 1) fail();
    });
    lapseAtFirstCheckpoint();
    await store('a');
    await timeline.until('sent success after success');
    expect(steps().filter((what) => what === 'success')).toHaveLength(1);
  });

  it('is nothing, where its claim was lost meanwhile: whoever makes the attempt again adds it', async () => {
    const blocked = deferred();
    let isFirst = true;
    script.set('a', async () => {
      addBoth();
      if (!isFirst) return;
      isFirst = false;
      await blocked.promise;
    });
    const { id } = await store('a');
    await timeline.until('begins a');
    running.engine.store.lapse(id);
    await running.engine.store.until(id, 'completed');
    blocked.resolve();
    await timeline.until('audited always after success');
    await nothingLeft(running);
    expect(steps()).toEqual(['success', 'always']);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, stored: 2 });
  });

  it('is left in the store, where its claim is lost while it is stored: the same is released by the next attempt', async () => {
    script.set('a', () => tasks.addTask(mailer, 'send', 'success'));
    const { id } = await store('a');
    let submits = 0;
    running.engine.before = async ({ method }) => {
      if (method === 'submit' && ++submits === 1) running.engine.store.lapse(id);
    };
    await running.engine.store.until(id, 'completed');
    await timeline.until('sent success after success');
    await running.runner.idle();
    expect(steps()).toEqual(['success']);
    expect(running.calls()).not.toContain('discard');
  });

  /** As if this process had died after a step, and before that was written down. */
  function lapseAtFirstCheckpoint(): void {
    running.engine.before = async ({ method, id = '' }) => {
      if (method === 'checkpoint' && timeline.count('begins a') === 1) running.engine.store.lapse(id);
    };
  }
});

/** Resolves once no batch has tasks left, those that a worker runs included: `idle()` does not wait for these. */
async function nothingLeft({ runner }: DurableRunning): Promise<void> {
  while (runner.stats().batches > 0) await turn();
}
