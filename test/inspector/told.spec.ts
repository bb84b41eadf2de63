import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Post } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { InspectorModule } from 'nestjs-background-tasks/inspector';
import { type Platform, platforms, request, type Running, start } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { ask, askFor, EventStream } from './ask.js';
import { inspector, isAdmin, Office, type Told, type ToldBatch, type ToldChange } from './scene.js';

const boom = new Error('boom');

/** A thing whose every look throws. */
function hostile(): object {
  const explode = (): never => {
    throw boom;
  };
  return new Proxy({}, new Proxy({}, { get: () => explode }));
}

function throwIt(thrown: unknown): never {
  throw thrown;
}

@Controller()
class Odd {
  @Get('null')
  rejectNull(tasks: BackgroundTasks): void {
    tasks.addTask(throwIt, null).with({ name: 'rejectsNull' });
  }

  @Get('hostile')
  rejectHostile(tasks: BackgroundTasks): void {
    tasks.addTask(throwIt, hostile()).with({ name: 'rejectsHostile' });
  }

  @Get('password')
  rejectPassword(tasks: BackgroundTasks): void {
    const leak = (): never => {
      throw new Error(`cannot connect with password=hunter2 ${'x'.repeat(3000)}`);
    };
    tasks.addTask(leak).with({ name: 'leaks' });
  }

  @Post('reset/:token')
  reset(tasks: BackgroundTasks): string {
    tasks.addTask((...args: string[]) => args.length, 'an argument').with({ name: 'sendReset' });
    return 'sent';
  }
}

const startAll = (platform: Platform, options = {}): Promise<Running> =>
  start(platform, { controllers: [Office, Odd], imports: [inspector(options)] });

async function toldAfter(running: Running, path: string, method = 'POST'): Promise<ToldBatch> {
  await request(running, path, { method });
  await running.runner.idle();
  const { batches } = await askFor<Told>(running, '/inspector/batches');
  return batches.at(-1) as ToldBatch;
}

describe.each(platforms)('what the inspector tells on $name', (platform) => {
  it('is each batch with its tasks, in order, and the counts', async () => {
    const running = await startAll(platform);
    const batch = await toldAfter(running, '/signup');
    expect(batch).toMatchObject({ outcome: 'success', status: 201, aborted: false, more: 0, done: 2, failed: 0 });
    expect(batch.source).toEqual({ kind: 'http', name: 'POST /signup', handler: 'Office.signUp' });
    expect(batch.tasks.map(({ name, index, state }) => ({ name, index, state }))).toEqual([
      { name: 'sendWelcome', index: 0, state: 'done' },
      { name: 'recordAudit', index: 1, state: 'done' },
    ]);
    const told = await askFor<Told>(running, '/inspector/batches');
    expect(told).toMatchObject({ v: 1, dropped: 0, stats: { pending: 0, running: 0, succeeded: 2, failed: 0 } });
  });

  it('has times that never go back, with fractions', async () => {
    const running = await startAll(platform);
    const { startedAt, addedAt, handlerEndedAt, endedAt, ...batch } = await toldAfter(running, '/signup');
    const { settledAt, finishedAt, tasks } = batch;
    const [first, second] = tasks.map(({ attempts }) => attempts[0]);
    const times = [
      startedAt,
      addedAt,
      handlerEndedAt,
      endedAt,
      settledAt,
      first?.startedAt,
      first?.endedAt,
      second?.startedAt,
      second?.endedAt,
      finishedAt,
    ];
    expect(times.every((time) => typeof time === 'number' && time > Date.now() - 60_000)).toBe(true);
    expect(times).toEqual(times.toSorted((one = 0, other = 0) => one - other));
  });

  it('is a failure with its error, and what was skipped and why', async () => {
    const running = await startAll(platform);
    const { tasks, done, failed, skipped, status } = await toldAfter(running, '/reports/7');
    expect({ status, done, failed, skipped }).toEqual({ status: 202, done: 1, failed: 1, skipped: 1 });
    expect(tasks.map(({ state, reason }) => [state, reason])).toEqual([
      ['done', undefined],
      ['failed', undefined],
      ['skipped', 'failure'],
    ]);
    const error = tasks[1]?.attempts[0]?.error;
    expect(error?.message).toBe('RangeError: the archive is full');
    expect(error?.stack).toMatch(/^RangeError: the archive is full\n\s+at .*scene/);
  });

  it('is each attempt, with the error of each that failed', async () => {
    const running = await startAll(platform);
    const { tasks } = await toldAfter(running, '/flaky');
    const messages = tasks[0]?.attempts.map(({ error }) => error?.message);
    expect(messages).toEqual(['Error: attempt 1', 'Error: attempt 2', undefined]);
    expect(tasks[0]).toMatchObject({ state: 'done' });
    expect(tasks[0]?.attempts.every(({ startedAt, endedAt = 0 }) => endedAt >= startedAt)).toBe(true);
  });

  it.each([
    ['null', '/null', '`null` (null)'],
    ['what cannot be looked at', '/hostile', expect.stringMatching(/\(object\)$/)],
  ])('is harmless where %s was thrown', async (_, path, message) => {
    const running = await startAll(platform);
    const { tasks, failed } = await toldAfter(running, path, 'GET');
    expect(failed).toBe(1);
    expect(tasks[0]?.attempts[0]?.error).toEqual({ message });
  });

  it('is redacted before it is cut', async () => {
    const redact = (text: string): string => text.replaceAll(/password=\w+/g, 'password=?').replaceAll('x', '');
    const running = await startAll(platform, { redact });
    const { tasks } = await toldAfter(running, '/password', 'GET');
    const { message, stack } = tasks[0]?.attempts[0]?.error ?? { message: '' };
    expect(message).toMatch(/^Error: cannot connect with password=\? /);
    expect(stack).toMatch(/password=\?/);
    expect(JSON.stringify(tasks)).not.toMatch(/hunter2/);
  });

  it.each<[string, (text: string) => unknown]>([
    ['throws', () => Reflect.get(hostile(), 'text') as unknown],
    ['returns no text', () => undefined],
    ['returns a promise that rejects', async () => Promise.reject(boom)],
  ])('is nothing of what `redact` could not redact, as it %s', async (_, redact) => {
    const running = await startAll(platform, { redact });
    const { tasks } = await toldAfter(running, '/password', 'GET');
    expect(tasks[0]?.attempts[0]?.error).toMatchObject({
      message: '(not shown: `redact` threw, or returned no string)',
    });
    expect(JSON.stringify(tasks)).not.toMatch(/hunter2/);
  });

  it('shows that an attempt has failed before the next one begins', async () => {
    const task = deferred();
    @Controller()
    class Waiting {
      @Post('waits')
      waits(tasks: BackgroundTasks): void {
        const onFailedAttempt = (): Promise<void> => task.promise;
        const retries = { retries: 1, minTimeout: 0, onFailedAttempt };
        tasks.addTask(throwIt, boom).with({ retries });
      }
    }
    const running = await start(platform, { controllers: [Waiting], imports: [inspector()] });
    const stream = await EventStream.open(running, '/inspector/events');
    await request(running, '/waits', { method: 'POST' });
    const isRetrying = ({ batches }: ToldChange): boolean => batches[0]?.tasks[0]?.state === 'retrying';
    const { batches } = await stream.next<ToldChange>('change', isRetrying);
    expect(batches[0]?.tasks[0]?.attempts).toMatchObject([{ error: { message: 'Error: boom' } }]);
    expect(batches[0]?.tasks[0]?.attempts[0]?.endedAt).toBeDefined();
    task.resolve();
    await stream.next<ToldChange>('change', (change) => change.batches[0]?.failed === 1);
  });

  it('has no argument, no header, no URL: a path may hold a secret', async () => {
    const running = await startAll(platform);
    await toldAfter(running, '/reset/a-token?key=a-key');
    const { body } = await ask(running, '/inspector/batches');
    expect(body).toContain('sendReset');
    expect(body).not.toMatch(/a-token|a-key|an argument|admin=yes/);
  });

  it('is kept so many, and failed ones apart from them', async () => {
    const running = await startAll(platform, { keep: 2, keepFailed: 1 });
    await toldAfter(running, '/reports/1');
    await toldAfter(running, '/reports/2');
    for (let count = 0; count < 5; count++) await toldAfter(running, '/signup');
    const { batches, dropped } = await askFor<Told>(running, '/inspector/batches');
    expect(batches.map(({ failed }) => failed)).toEqual([1, 0, 0]);
    expect(dropped).toBe(4);
  });

  it('can be had as a trace, as a download', async () => {
    const running = await startAll(platform);
    const { id } = await toldAfter(running, '/reports/7');
    const { headers, body } = await ask(running, `/inspector/batches/${id}/trace`);
    expect(headers['content-disposition']).toBe(`attachment; filename="batch-${id}.json"`);
    const { traceEvents } = JSON.parse(body) as { traceEvents: Array<{ name: string; ph: string; tid: number }> };
    const runs = traceEvents.filter(({ ph, tid }) => ph === 'X' && tid === 2);
    expect(runs.map(({ name }) => name)).toEqual(['recordAudit', 'storeReport']);
    expect((await ask(running, `/inspector/batches/${crypto.randomUUID()}/trace`)).status).toBe(404);
  });
});

describe.each(platforms)('the stream of the inspector on $name', (platform) => {
  it('is a snapshot, and then what has changed', async () => {
    const running = await startAll(platform);
    const { id } = await toldAfter(running, '/reports/7');
    const stream = await EventStream.open(running, '/inspector/events');
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
    });
    const snapshot = await stream.next<Told>('snapshot');
    const told = await askFor<Told>(running, '/inspector/batches');
    expect(snapshot).toEqual({ ...told, now: expect.any(Number) });
    await request(running, '/signup', { method: 'POST' });
    const change = await stream.next<ToldChange>('change', ({ batches }) => batches[0]?.done === 2);
    expect(change.gone).toEqual([]);
    expect(change.stats).toMatchObject({ succeeded: 3, failed: 1, skipped: 1 });
    expect(change.batches.map((batch) => batch.id)).not.toContain(id);
  });

  it('tells what was let go', async () => {
    const running = await startAll(platform, { keep: 1 });
    const { id } = await toldAfter(running, '/signup');
    const stream = await EventStream.open(running, '/inspector/events');
    await stream.next<Told>('snapshot');
    await request(running, '/signup', { method: 'POST' });
    const { gone, dropped } = await stream.next<ToldChange>('change', (change) => change.gone.length > 0);
    expect({ gone, dropped }).toEqual({ gone: [id], dropped: 1 });
  });

  it('is empty where nothing has happened', async () => {
    const running = await startAll(platform);
    const stream = await EventStream.open(running, '/inspector/events');
    expect((await stream.next<Told>('snapshot')).batches).toEqual([]);
  });

  it('is open to ten, and then 503 until one has left', async () => {
    const running = await startAll(platform);
    const open = () => EventStream.open(running, '/inspector/events');
    const streams = await Promise.all(Array.from({ length: 10 }, open));
    await Promise.all(streams.map((stream) => stream.next('snapshot')));
    const refused = await ask(running, '/inspector/events');
    expect(refused).toMatchObject({ status: 503, body: 'Service Unavailable\n' });
    streams[0]?.hangUp();
    let again = await open();
    while (again.status !== 200) again = await open();
    await again.next('snapshot');
  });

  it('ends when the application shuts down, after what that waited for', async () => {
    const running = await startAll(platform);
    const streams = await Promise.all([1, 2, 3].map(() => EventStream.open(running, '/inspector/events')));
    await Promise.all(streams.map((stream) => stream.next('snapshot')));
    await running.app.close();
    await Promise.all(streams.map((stream) => stream.over()));
    for (const { events } of streams) expect(events.at(-1)).toEqual({ type: 'end', data: '{}' });
    await running.close();
  });

  it('shows the drain to its end', async () => {
    const task = deferred();
    @Controller()
    class Slow {
      @Post('slow')
      slow(tasks: BackgroundTasks): string {
        tasks.addTask(() => task.promise).with({ name: 'slow' });
        return 'fine';
      }
    }
    const imports = [BackgroundTasksModule, InspectorModule.forRoot({ path: 'inspector', authorize: isAdmin })];
    const running = await start(platform, { controllers: [Slow], imports });
    const stream = await EventStream.open(running, '/inspector/events');
    await request(running, '/slow', { method: 'POST' });
    await stream.next<ToldChange>('change', ({ batches }) => batches[0]?.tasks[0]?.state === 'running');
    const closed = running.app.close();
    await running.logger.until('log');
    task.resolve();
    await closed;
    await stream.over();
    const changes = stream.events
      .filter(({ type }) => type === 'change')
      .map(({ data }) => JSON.parse(data) as ToldChange);
    expect(changes.at(-1)?.batches[0]?.tasks[0]?.state).toBe('done');
    expect(stream.events.at(-1)?.type).toBe('end');
    await running.close();
  });
});
