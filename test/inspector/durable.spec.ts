import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { startDurable } from '../durable/application.js';
import { beginAnew, Mailer, script } from '../durable/mailer.js';
import { platforms, request } from '../harness/application.js';
import { askFor } from './ask.js';
import { inspector, type Told } from './scene.js';

@Controller()
class Users {
  constructor(private readonly mailer: Mailer) {}

  @Post('signup')
  signUp(tasks: BackgroundTasks): string {
    tasks.addTask(this.mailer, 'send', 'a');
    tasks.addTask(this.mailer, 'audit', 'b');
    tasks.addTask(this.mailer, 'note', 'c');
    return 'welcome';
  }
}

beforeEach(beginAnew);

describe.each(platforms)('durable tasks in the inspector, on $name', (platform) => {
  const startUsers = (worker: boolean) =>
    startDurable(platform, { controllers: [Users], imports: [inspector()] }, { worker, defaults: { retries: 1 } });

  it('are handed over where others run them, beside the tasks of the process', async () => {
    const running = await startUsers(false);
    await request(running, '/signup', { method: 'POST' });
    await running.runner.idle();
    const { batches } = await askFor<Told>(running, '/inspector/batches');
    const states = batches.map(({ tasks }) => tasks.map(({ name, state }) => [name, state]));
    expect(states).toContainEqual([
      ['Mailer.send', 'stored'],
      ['Mailer.audit', 'stored'],
    ]);
    expect(states).toContainEqual([['Mailer.note', 'done']]);
    expect(batches.every(({ finishedAt }) => finishedAt !== undefined)).toBe(true);
  });

  it('are shown with their attempts where this process runs them', async () => {
    let failures = 0;
    script.set('b', () => {
      if (failures++ === 0) throw new Error('boom');
    });
    const running = await startUsers(true);
    await request(running, '/signup', { method: 'POST' });
    const { batchId = '' } = running.events.find(({ type }) => type === 'stored') as { batchId?: string };
    await running.engine.store.until(batchId, 'completed');
    const { batches } = await askFor<Told>(running, '/inspector/batches');
    const batch = batches.find(({ id }) => id === batchId);
    expect(batch?.tasks.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(batch?.tasks[1]?.attempts).toMatchObject([
      { error: { message: 'Error: boom' } },
      { endedAt: expect.any(Number) },
    ]);
    expect(batch).toMatchObject({ done: 2, failed: 0, source: { name: 'POST /signup' } });
  });
});
