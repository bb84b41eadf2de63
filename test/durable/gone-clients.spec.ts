import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Controller, Get, Injectable, UseGuards } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { from, type Observable } from 'rxjs';
import { platforms } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { deferred, type Deferred } from '../harness/deferred.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, Mailer } from './mailer.js';

@Injectable()
class Denying implements CanActivate {
  constructor(
    private readonly mailer: Mailer,
    private readonly tasks: BackgroundTasks,
  ) {}

  canActivate(): boolean {
    this.tasks.addTask(this.mailer, 'audit', 'a').with({ runOn: 'always' });
    return false;
  }
}

@Controller()
class Points {
  constructor(private readonly mailer: Mailer) {}

  @Get('denied')
  @UseGuards(Denying)
  denied(): string {
    return 'never';
  }

  @Get('value')
  value(tasks: BackgroundTasks): string {
    tasks.addTask(this.mailer, 'audit', 'a').with({ runOn: 'always' });
    return 'fine';
  }

  @Get('observable')
  observable(tasks: BackgroundTasks): Observable<string> {
    return from([this.value(tasks)]);
  }
}

describe.each(platforms)('a client of $name that leaves while what it waits for is stored', (platform) => {
  let running: DurableRunning;
  let answer: Deferred;

  beforeEach(async () => {
    beginAnew();
    answer = deferred();
    running = await startDurable(platform, { controllers: [Points] }, { submitTimeout: 10_000, worker: false });
    running.engine.before = ({ method }) => (method === 'submit' ? answer.promise : Promise.resolve());
  });

  async function leave(path: string): Promise<void> {
    const connection = await Connection.open(running);
    connection.send(path);
    await running.engine.until('submit');
    connection.hangUp();
    await running.timeline.until('close');
  }

  const paths = ['/denied', '/value', '/observable'];

  it.each(paths)('leaves nothing that is waited for once that was stored: %s', async (path) => {
    await leave(path);
    answer.resolve();
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0 });
  });

  it.each(['/value', '/denied', '/observable'])('leaves it to be stored later, where that fails: %s', async (path) => {
    await leave(path);
    running.engine.before = () => Promise.resolve();
    answer.reject(new Error('out of reach'));
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, failed: 0, stored: 1 });
  });
});
