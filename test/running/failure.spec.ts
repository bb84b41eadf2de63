import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ArgumentsHost, Catch, Controller, Get } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { platforms, request, type Running, start } from '../harness/application.js';
import { failuresOf } from '../harness/failures.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
const note = (event: string): void => timeline.mark(event);
const boom = new Error('boom');

function throwsAtOnce(): never {
  throw boom;
}

async function rejects(): Promise<never> {
  await Promise.resolve();
  throw boom;
}

function rejectsWithoutPromise(): PromiseLike<void> {
  return {
    // eslint-disable-next-line unicorn/no-thenable -- a thenable that is no Promise is the case under test
    then: (_resolve: unknown, reject?: ((error: unknown) => unknown) | null) => reject?.(boom),
  } as PromiseLike<void>;
}

function throwsUndefined(): never {
  throw undefined as unknown;
}

const failing = { throwsAtOnce, rejects, rejectsWithoutPromise, throwsUndefined };

@Controller()
class Failing {
  @Get(':how')
  fail(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'before');
    tasks.addTask(failing[how]);
    tasks.addTask(note, 'after').with({ name: 'first after' });
    tasks.addTask(note, 'after').with({ name: 'second after', runOn: 'always' });
    tasks.addTask(note, 'other').with({ name: 'for a failure', runOn: 'failure' });
    return 'fine';
  }
}

let how: keyof typeof failing;

@Catch()
class SeesEverything extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    timeline.mark('exception filter');
    super.catch(error, host);
  }
}

beforeEach(() => {
  timeline = new Timeline();
});

describe.each(platforms)('a task that fails on $name', (platform) => {
  async function runFailing(which: keyof typeof failing, imports: Parameters<typeof start>[1]['imports'] = []) {
    how = which;
    const running = await start(platform, { imports, controllers: [Failing] }, (app) => {
      app.useGlobalFilters(new SeesEverything(app.getHttpAdapter()));
    });
    const failures = failuresOf(running);
    const answer = await request(running, '/any');
    await running.runner.idle();
    await turnOfTheEventLoop();
    return { running, answer, failures };
  }

  it.each(['throwsAtOnce', 'rejects', 'rejectsWithoutPromise', 'throwsUndefined'] as const)(
    'stops the batch, and is logged once with what it threw and what was skipped: %s',
    async (which) => {
      const { running, answer } = await runFailing(which);
      expect(timeline.events).toEqual(['before']);
      expect(answer).toMatchObject({ status: 200, body: 'fine' });
      const [line, ...others] = running.logger.ofTasks('error');
      expect(others).toEqual([]);
      expect(line?.message).toMatch(`Background task "${which}" failed`);
      expect(line?.message).toMatch('Skipped after it: "first after", "second after".');
      expect(line?.message).toMatch(which === 'throwsUndefined' ? '`undefined` (undefined)' : 'Error: boom');
      expect(line?.details).toEqual([which === 'throwsUndefined' ? undefined : boom.stack]);
    },
  );

  it('tells the events the error itself, never a copy or a wrapper', async () => {
    const { failures } = await runFailing('rejects');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBe(boom);
  });

  it('says in its line what was thrown when that was no Error', async () => {
    const { running } = await runFailing('throwsUndefined');
    expect(running.logger.ofTasks('error')[0]?.message).toMatch('failed with `undefined` (undefined).');
  });

  // jest itself fails a test during which a rejection was left unhandled
  it('reaches no exception filter, and is no unhandled rejection', async () => {
    await runFailing('rejects');
    await runFailing('throwsAtOnce');
    expect(timeline.count('exception filter')).toBe(0);
  });

  it('does not stop the batch with onFailure: continue', async () => {
    const { running } = await runFailing('rejects', [BackgroundTasksModule.forRoot({ onFailure: 'continue' })]);
    expect(timeline.events).toEqual(['before', 'after', 'after']);
    expect(running.logger.ofTasks('error').map(({ message }) => message)).toEqual([
      'Background task "rejects" failed: Error: boom.',
    ]);
  });

  it('harms nobody when the logger throws too', async () => {
    how = 'rejects';
    const running = await start(platform, { controllers: [Failing] });
    const emitWarning = jest.spyOn(process, 'emitWarning').mockReturnValue();
    running.app.useLogger(throwingLogger);
    await request(running, '/any');
    await running.runner.idle();
    const warnings = emitWarning.mock.calls.map(([message]) => String(message));
    emitWarning.mockRestore();
    expect(warnings).toContainEqual(expect.stringContaining('The logger threw on a line about "rejects"'));
    expect(timeline.events).toEqual(['before']);
  });
});

describe.each(platforms)('a task with a thenable on $name', (platform) => {
  @Controller()
  class Awaiting {
    @Get()
    work(tasks: BackgroundTasks): string {
      tasks.addTask(lazyQuery);
      tasks.addTask(note, 'after');
      return 'fine';
    }
  }

  it('is awaited, although it is no Promise', async () => {
    const running: Running = await start(platform, { controllers: [Awaiting] });
    await request(running, '/');
    await running.runner.idle();
    expect(timeline.events).toEqual(['query done', 'after']);
  });
});

/** Like a query builder that runs when it is awaited. */
function lazyQuery(): unknown {
  const then = (resolve: () => void): void => {
    setImmediate(() => {
      note('query done');
      resolve();
    });
  };
  // eslint-disable-next-line unicorn/no-thenable -- the case under test
  return { then };
}

const complain = (): never => {
  throw new Error('disk full');
};
const throwingLogger = { log: () => undefined, error: complain, warn: complain, debug: complain };

function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
