import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import {
  BackgroundTasks,
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  currentTask,
} from 'nestjs-background-tasks';
import {
  type FailedAttempt,
  failedAttemptsOf,
} from '../../libs/background-tasks/src/core/reports/background-tasks.events.js';
import { platforms, request, type Running, start } from '../harness/application.js';
import { Timeline } from '../harness/timeline.js';

type Retrying = Extract<BackgroundTasksEvent, { type: 'retrying' }>;

const boom = new Error('boom');
/** Longer than any test waits. */
const LONG = 3_600_000;
const SHORT = 40;

@Controller()
class Handlers {
  @Get('twice')
  twice(tasks: BackgroundTasks): string {
    tasks.addTask(failOnce).with({ name: 'flaky', retries: { retries: 1, minTimeout: SHORT, randomize: false } });
    return 'fine';
  }

  @Get('waits')
  waits(tasks: BackgroundTasks): string {
    tasks.addTask(failOnce).with({ name: 'flaky', retries: { retries: 1, minTimeout: LONG } });
    return 'fine';
  }

  @Get('fails')
  fails(tasks: BackgroundTasks): string {
    tasks.addTask(() => Promise.reject(boom)).with({ name: 'failing', retries: { retries: 1, minTimeout: 0 } });
    return 'fine';
  }
}

function failOnce(): void {
  if (currentTask()?.attempt === 1) throw boom;
}

let told: Array<BackgroundTasksEvent | FailedAttempt>;
let timeline: Timeline;

beforeEach(() => {
  [told, timeline] = [[], new Timeline()];
});

describe.each(platforms)('an attempt that has failed, on $name,', (platform) => {
  async function begin(): Promise<Running> {
    const imports = [BackgroundTasksModule.forRoot({ shutdownTimeout: 1 })];
    const running = await start(platform, { controllers: [Handlers], imports });
    const events = running.app.get(BackgroundTasksEvents);
    events.events$.subscribe((event) => told.push(event));
    failedAttemptsOf(events).subscribe((failed) => {
      told.push(failed);
      timeline.mark('an attempt has failed');
    });
    return running;
  }
  const inWords = (): string[] =>
    told.map((each) => ('type' in each ? each.type : `attempt ${each.attempt} of ${each.name} failed`));

  it('is told of when the next one begins, with the time when it failed', async () => {
    const running = await begin();
    await request(running, '/twice');
    await running.runner.idle();
    const retrying = told.find((each): each is Retrying => 'type' in each && each.type === 'retrying');
    const failed = told.find((each): each is FailedAttempt => !('type' in each));
    expect(retrying?.failedAt).toBe(failed?.timestamp);
    expect((retrying?.timestamp ?? NaN) - (retrying?.failedAt ?? NaN)).toBeGreaterThan(SHORT - 2);
  });

  it('is known inside the library at once, however long the wait for the next one', async () => {
    const running = await begin();
    await request(running, '/waits');
    await timeline.until('an attempt has failed');
    expect(inWords()).toEqual(['added', 'settled', 'started', 'attempt 1 of flaky failed']);
    expect(told.at(-1)).toEqual({
      batchId: expect.any(String),
      name: 'flaky',
      index: 0,
      attempt: 1,
      error: boom,
      timestamp: expect.any(Number),
    });
  });

  it('is known before it is told that the task has failed for good', async () => {
    const running = await begin();
    await request(running, '/fails');
    await running.runner.idle();
    expect(inWords().slice(3)).toEqual([
      'attempt 1 of failing failed',
      'retrying',
      'attempt 2 of failing failed',
      'failed',
      'finished',
    ]);
  });
});
