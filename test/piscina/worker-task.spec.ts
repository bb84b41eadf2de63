import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BackgroundTask,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import { filter, firstValueFrom } from 'rxjs';
import { PiscinaTasksModule, WorkerTask } from 'nestjs-background-tasks/piscina';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { platforms, request } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { Timeline } from '../harness/timeline.js';
import { add, addMore, errors, file, handleBy, Handler } from './application.js';
import { announcement, open, sharedNumbers, Threads } from './threads.js';

let timeline: Timeline;
let threads: Threads;

const note = (event: string): void => timeline.mark(event);

beforeEach(() => {
  timeline = new Timeline();
  threads = new Threads();
});

afterEach(() => threads.forget());

describe.each(platforms)('a WorkerTask on $name', (platform) => {
  it('runs its file in another thread, in order with the other tasks of its batch', async () => {
    const [gate, numbers] = [sharedNumbers(), sharedNumbers()];
    const { channel, made } = announcement();
    const running = await add(platform, (tasks) => {
      tasks.addTask(note, 'before');
      tasks.addTask(new WorkerTask(file('waits.js'), { gate, channel }));
      tasks.addTask(new WorkerTask(file('counts.js'), numbers));
      tasks.addTask(note, 'after');
    });
    await made;
    expect(timeline.events).toEqual(['before']);
    expect(numbers[0]).toBe(0);
    open(gate);
    await running.runner.idle();
    expect(timeline.events).toEqual(['before', 'after']);
    expect(numbers[0]).toBe(1);
    expect(numbers[1]).toBeGreaterThan(0);
  });

  it('fails with what its file throws, and stops the batch', async () => {
    const running = await add(platform, (tasks) => {
      tasks.addTask(new WorkerTask(file('throws-at-first.js'), sharedNumbers()));
      tasks.addTask(note, 'never').with({ name: 'next' });
    });
    await running.runner.idle();
    expect(errors(running)).toEqual([
      'Background task "throws-at-first.js" failed: RangeError: call 1 fails. Skipped after it: "next".',
    ]);
    expect(timeline.events).toEqual([]);
  });

  it('runs again where it has retries', async () => {
    const counter = sharedNumbers();
    const running = await add(platform, (tasks) => {
      const task = new WorkerTask(file('throws-at-first.js'), counter);
      tasks.addTask(task.with({ retries: { retries: 1, minTimeout: 0 } }));
      tasks.addTask(note, 'next');
    });
    await running.runner.idle();
    expect(counter[0]).toBe(2);
    expect(timeline.events).toEqual(['next']);
  });

  it('is really over when it times out: its thread has ended, and another takes the next task', async () => {
    const [counter, numbers] = [sharedNumbers(), sharedNumbers()];
    const running = await add(platform, (tasks) => tasks.addTask(new WorkerTask(file('counts.js'), numbers)));
    await running.runner.idle();
    const [, firstThread] = numbers;
    await addMore(running, (tasks) => {
      const { channel } = announcement();
      tasks.addTask(new WorkerTask(file('counts-forever.js'), { counter, channel }).with({ timeout: 50 }));
      tasks.addTask(note, 'never').with({ name: 'next' });
    });
    await running.runner.idle();
    expect(errors(running)).toEqual([
      expect.stringMatching(
        /^Background task "counts-forever\.js" failed: TimeoutError: .* Skipped after it: "next"\.$/,
      ),
    ]);
    await threads.ended(1);
    const counted = Atomics.load(counter, 0);
    await addMore(running, (tasks) => tasks.addTask(new WorkerTask(file('counts.js'), numbers)));
    await running.runner.idle();
    expect(Atomics.load(counter, 0)).toBe(counted);
    expect(numbers[1]).not.toBe(firstThread);
    expect(threads.running).toBe(1);
  });

  it('never starts when it times out while it waits for a free thread', async () => {
    const [gate, numbers] = [sharedNumbers(), sharedNumbers()];
    const { channel, made } = announcement();
    const running = await add(platform, (tasks) => {
      tasks.addTask(new WorkerTask(file('waits.js'), { gate, channel }));
    });
    await made;
    const failed = firstValueFrom(
      running.app.get(BackgroundTasksEvents).events$.pipe(filter(({ type }) => type === 'failed')),
    );
    await addMore(running, (tasks) => {
      tasks.addTask(new WorkerTask(file('counts.js'), numbers).with({ timeout: 1 }));
    });
    await failed;
    open(gate);
    await running.runner.idle();
    expect(errors(running)).toEqual([expect.stringMatching(/^Background task "counts\.js" failed: TimeoutError: .*$/)]);
    await addMore(running, (tasks) => tasks.addTask(new WorkerTask(file('counts.js'), numbers)));
    await running.runner.idle();
    expect(numbers[0]).toBe(1);
    expect(threads.started).toBe(1);
  });

  it('fails with the original error when its payload cannot be copied, and harms no thread', async () => {
    const numbers = sharedNumbers();
    const running = await add(
      platform,
      (tasks) => {
        tasks.addTask(new WorkerTask(file('counts.js'), { callback: () => undefined }));
        tasks.addTask(new WorkerTask(file('counts.js'), numbers));
      },
      { onFailure: 'continue' },
    );
    await running.runner.idle();
    expect(errors(running)).toEqual([
      expect.stringMatching(/^Background task "counts\.js" failed: DataCloneError: .*$/),
    ]);
    expect(numbers[0]).toBe(1);
    expect(threads.started).toBe(1);
  });

  it.each([
    ['exit', 'worker exited with code: 3'],
    ['allocate', 'Worker terminated due to reaching memory limit: JS heap out of memory'],
  ])('fails when its thread ends: %s', async (way, message) => {
    const numbers = sharedNumbers();
    const running = await add(
      platform,
      (tasks) => {
        tasks.addTask(new WorkerTask(file('misbehaves.js'), { way }));
        tasks.addTask(new WorkerTask(file('counts.js'), numbers));
      },
      { onFailure: 'continue' },
      { resourceLimits: { maxOldGenerationSizeMb: 16 } },
    );
    await running.runner.idle();
    expect(errors(running)).toEqual([
      expect.stringMatching(`^Background task "misbehaves.js" failed: Error: .*${message}`),
    ]);
    expect(numbers[0]).toBe(1);
  });

  it('is waited for by the drain, and then the threads end', async () => {
    const gate = sharedNumbers();
    const { channel, made } = announcement();
    const running = await add(platform, (tasks) => {
      tasks.addTask(new WorkerTask(file('waits.js'), { gate, channel }));
      tasks.addTask(note, 'after');
    });
    await made;
    const closed = running.close().then(() => note(`closed with ${threads.running} threads`));
    open(gate);
    await closed;
    expect(timeline.events).toEqual(['after', 'closed with 0 threads']);
    expect(errors(running)).toEqual([]);
  });

  it('runs in the threads of its application, though its response ends with the server only', async () => {
    @Module({ imports: [BackgroundTasksModule], controllers: [Handler] })
    class Feature {}
    const imports = [Feature, PiscinaTasksModule.forRoot({ maxThreads: 1 })];
    const module = await Test.createTestingModule({ imports }).compile();
    const app = module.createNestApplication(platform.adapter());
    await app.listen(0, '127.0.0.1');
    const [gate, numbers] = [sharedNumbers(), sharedNumbers()];
    const { channel, made } = announcement();
    await new WorkerTask(file('counts.js'), numbers).run();
    handleBy((tasks) => tasks.addTask(new WorkerTask(file('waits.js'), { gate, channel })));
    const connection = await Connection.open(app.getHttpServer().address() as AddressInfo);
    connection.send('/stream');
    await connection.receives('begun');
    const closed = app.close();
    connection.hangUp();
    await made;
    open(gate);
    await closed;
    expect(gate[1]).toBe(numbers[1]);
    expect(app.get(BackgroundTasksRunner).stats()).toMatchObject({ succeeded: 1, failed: 0 });
  });

  it('is really over when the drain gives it up', async () => {
    const counter = sharedNumbers();
    const { channel, made } = announcement();
    const running = await add(
      platform,
      (tasks) => tasks.addTask(new WorkerTask(file('counts-forever.js'), { counter, channel })),
      { shutdownTimeout: 0 },
    );
    await made;
    await running.close();
    await threads.allEnded();
    expect(errors(running)).toEqual([
      'Background task "counts-forever.js" failed: AbortError: The application shuts down, and has waited 0 ms.',
    ]);
  });

  it('leaves no thread behind that ends or starts after the application', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const running = await add(platform, (tasks) => tasks.addTask(new WorkerTask(file('blocks.js'), { port })), {
      shutdownTimeout: 0,
    });
    const [connection] = (await once(server, 'connection')) as [Socket];
    await running.close();
    expect(threads.running).toBe(1);
    connection.destroy();
    await threads.allEnded();
    server.close();
    await once(server, 'close');
  });

  it('is captured by a CapturingRunner with its payload, and run by hand', async () => {
    const numbers = sharedNumbers();
    const module = await Test.createTestingModule({ imports: [BackgroundTasksModule], controllers: [Handler] })
      .overrideProvider(BackgroundTasksRunner)
      .useClass(CapturingRunner)
      .compile();
    const app = module.createNestApplication(platform.adapter());
    await app.listen(0, '127.0.0.1');
    const runner: CapturingRunner = app.get(BackgroundTasksRunner);
    handleBy((tasks) => tasks.addTask(new WorkerTask(file('counts.js'), numbers).with({ runOn: 'always' })));
    await request(app.getHttpServer().address() as AddressInfo, '/');
    expect(runner.captured).toEqual([{ name: 'counts.js', args: [numbers], runOn: 'always' }]);
    await runner.runAll();
    expect(numbers[0]).toBe(1);
    await app.close();
  });
});

describe('a WorkerTask', () => {
  it.each([
    ['a path', fileURLToPath(file('counts.js'))],
    ['a file URL as a string', file('counts.js').href],
    ['a URL', file('counts.js')],
  ])('is made of %s, and named after the file', (_, given) => {
    const task = new WorkerTask(given);
    expect(task).toBeInstanceOf(BackgroundTask);
    expect(task.name).toBe('counts.js');
    expect(task.with({ name: 'count' }).name).toBe('count');
  });

  it.each<[unknown, string]>([
    ['./counts.js', "`'./counts.js'` (string)"],
    ['', "`''` (string)"],
    ['https://example.org/counts.js', "`'https://example.org/counts.js'` (string)"],
    [undefined, '`undefined` (undefined)'],
    [42, '`42` (number)'],
  ])('cannot be made of %j', (given, described) => {
    expect(() => Reflect.construct(WorkerTask, [given])).toThrow(
      new TypeError(
        `Cannot make a WorkerTask of ${described}: it is neither an absolute path nor a file URL. ` +
          "Write `new URL('./report.js', import.meta.url)`, or `join(__dirname, 'report.js')` in CommonJS.",
      ),
    );
  });

  it('runs by hand, without an application, also a CommonJS file', async () => {
    const counter = sharedNumbers();
    await new WorkerTask(file('works.cjs'), counter).run();
    expect(counter[0]).toBe(1);
    await expect(new WorkerTask(file('missing.js')).run()).rejects.toThrow(/Cannot find module '.*missing.js'/);
  });
});
