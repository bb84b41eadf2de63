import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { BackgroundTasks, type BackgroundTasksEvent } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { startDurable } from './application.js';
import { beginAnew, Mailer, timeline } from './mailer.js';

type Settled = Extract<BackgroundTasksEvent, { type: 'settled' }>;

@Controller()
class Handlers {
  constructor(private readonly mailer: Mailer) {}

  @Get('users/:id')
  sends(tasks: BackgroundTasks): string {
    tasks.addTask(this.mailer, 'send', 'a');
    return 'fine';
  }
}

describe.each(platforms)('what brought a durable task, on $name,', (platform) => {
  beforeEach(beginAnew);

  it('is told where it was added, with the moments of its response', async () => {
    const running = await startDurable(platform, { controllers: [Handlers] });
    await request(running, '/users/7');
    await timeline.until('sent a after success');
    await running.runner.idle();
    const source = { kind: 'http', name: 'GET /users/:id', handler: 'Handlers.sends' };
    const told = running.events.flatMap((event) => (event.type === 'added' ? [event.source] : []));
    expect(told).toEqual([source]);
    const [settled] = running.events.filter((event): event is Settled => event.type === 'settled');
    expect(settled?.source).toEqual(source);
    const { startedAt = NaN, handlerEndedAt = NaN, endedAt = NaN, timestamp } = settled ?? ({} as Settled);
    const steps = [startedAt, handlerEndedAt, endedAt, timestamp];
    expect(steps).toEqual(steps.toSorted((one, other) => one - other));
  });
});
