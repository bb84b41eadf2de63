import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Res } from '@nestjs/common';
import { BackgroundTasks, type BackgroundTasksEvent, BackgroundTasksEvents } from 'nestjs-background-tasks';
import { Batch } from '../../libs/background-tasks/src/core/batch/batch.js';
import { clock } from '../../libs/background-tasks/src/core/batch/clock.js';
import { platforms, type Reply, request, type Running, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';

type Settled = Extract<BackgroundTasksEvent, { type: 'settled' }>;

let entered: Deferred;
let release: Deferred;
let told: BackgroundTasksEvent[];

beforeEach(() => {
  [entered, release, told] = [deferred(), deferred(), []];
});

afterEach(() => {
  jest.restoreAllMocks();
});

@Controller()
class Handlers {
  @Get('answers')
  async answers(tasks: BackgroundTasks): Promise<string> {
    entered.resolve();
    await release.promise;
    tasks.addTask(() => undefined);
    return 'fine';
  }

  @Get('adds-first')
  async addsFirst(tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(() => undefined);
    entered.resolve();
    await release.promise;
    return 'fine';
  }

  @Get('ends-itself')
  endsItself(@Res() response: Reply, tasks: BackgroundTasks): void {
    tasks.addTask(() => undefined);
    entered.resolve();
    void release.promise.then(() => response.status(202).send('fine'));
  }

  @Get('late')
  late(tasks: BackgroundTasks): string {
    void release.promise.then(() => tasks.addTask(() => undefined));
    return 'fine';
  }
}

describe.each(platforms)('when the steps of a response were, on $name,', (platform) => {
  async function begin(isObserved = true): Promise<Running> {
    const running = await start(platform, { controllers: [Handlers] });
    if (isObserved) listen(running);
    return running;
  }
  const listen = ({ app }: Running): void => {
    app.get(BackgroundTasksEvents).events$.subscribe((event) => told.push(event));
  };
  const settled = (): Settled => told.find((event): event is Settled => event.type === 'settled') as Settled;

  it('is told when it settles, with its status, by the clock of the batch', async () => {
    const running = await begin();
    const answer = request(running, '/answers');
    await entered.promise;
    release.resolve();
    await answer;
    await running.runner.idle();
    const { startedAt = NaN, handlerEndedAt = NaN, endedAt = NaN, status, timestamp } = settled();
    const [added] = told;
    const steps = [startedAt, added?.timestamp, handlerEndedAt, endedAt, timestamp];
    expect(steps).toEqual(steps.toSorted((one = NaN, other = NaN) => one - other));
    expect(steps.every((step) => step !== undefined && step > 1.7e12)).toBe(true);
    expect(startedAt).toBeLessThan(added?.timestamp ?? NaN);
    expect(status).toBe(200);
  });

  it('has the end of the handler before that of a response that it leaves to something else', async () => {
    const running = await begin();
    const answer = request(running, '/ends-itself');
    await entered.promise;
    await turn();
    const between = performance.timeOrigin + performance.now();
    release.resolve();
    await answer;
    await running.runner.idle();
    const { handlerEndedAt = NaN, endedAt = NaN, status } = settled();
    expect(handlerEndedAt).toBeLessThan(endedAt);
    // the wall clock tells whole milliseconds
    expect(handlerEndedAt).toBeLessThan(between + 1);
    expect(status).toBe(202);
  });

  it('is told of a task that is added when all is over', async () => {
    const running = await begin();
    await request(running, '/late');
    release.resolve();
    await turn();
    await running.runner.idle();
    const { startedAt = NaN, handlerEndedAt = NaN, endedAt = NaN } = settled();
    expect(startedAt).toBeLessThan(handlerEndedAt);
    expect(handlerEndedAt).toBeLessThan(endedAt);
  });

  it('has the end of a response when its client leaves', async () => {
    const running = await begin();
    const connection = await Connection.open(running);
    connection.send('/adds-first');
    await entered.promise;
    connection.hangUp();
    await running.timeline.until('socket close');
    release.resolve();
    await turn();
    await running.runner.idle();
    const { aborted, handlerEndedAt = NaN, endedAt = NaN } = settled();
    expect(aborted).toBe(true);
    expect(endedAt).toBeLessThan(handlerEndedAt);
  });

  it('is not known of what was before somebody listened', async () => {
    const running = await begin(false);
    const answer = request(running, '/answers');
    await entered.promise;
    listen(running);
    release.resolve();
    await answer;
    await running.runner.idle();
    const { startedAt, handlerEndedAt = NaN, endedAt = NaN } = settled();
    expect(startedAt).toBeUndefined();
    expect(handlerEndedAt).toBeLessThan(endedAt);
  });

  it('costs no look at a clock, no text and no object while nobody listens', async () => {
    const running = await begin(false);
    release.resolve();
    const [source, moments] = [
      jest.spyOn(Batch.prototype, 'source', 'get'),
      jest.spyOn(Batch.prototype, 'moments', 'get'),
    ];
    const looks = async (): Promise<number[]> => {
      const [now, wallTime] = [jest.spyOn(clock, 'now'), jest.spyOn(clock, 'wallTime')];
      await request(running, '/answers');
      await running.runner.idle();
      const counts = [now.mock.calls.length, wallTime.mock.calls.length];
      now.mockRestore();
      wallTime.mockRestore();
      return counts;
    };
    // one when it is added, one when it begins, and one when it ends
    expect(await looks()).toEqual([3, 1]);
    expect([source.mock.calls.length, moments.mock.calls.length]).toEqual([0, 0]);
    listen(running);
    expect((await looks())[0]).toBeGreaterThan(3);
    expect([source.mock.calls.length, moments.mock.calls.length]).toEqual([1, 1]);
  });
});
