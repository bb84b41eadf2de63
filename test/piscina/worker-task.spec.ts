import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Sse } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import { filter, firstValueFrom, NEVER, startWith } from 'rxjs';
import * as piscina from 'nestjs-background-tasks/piscina';
import { PiscinaTasksModule, type PiscinaTasksModuleOptions, WorkerTask } from 'nestjs-background-tasks/piscina';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { express, platforms, type Platform, request, type Running, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { Timeline } from '../harness/timeline.js';
import { expectCodeOf } from '../harness/recipe.js';
import { announced, ReportsController } from './reports/reports.controller.js';
import { announcement, open, sharedNumbers, Threads } from './threads.js';

/** Milliseconds for a test that starts a process, on a machine that may be busy. */
const PROCESS = 60_000;

let timeline: Timeline;
let threads: Threads;
/** What the handler of the test at hand does. */
let handle: (tasks: BackgroundTasks) => unknown;

const note = (event: string): void => timeline.mark(event);
const file = (name: string): URL => new URL(`./files/${name}`, import.meta.url);

@Controller()
class Handler {
  @Get()
  get(tasks: BackgroundTasks): string {
    handle(tasks);
    return 'fine';
  }

  @Sse('stream')
  stream(tasks: BackgroundTasks) {
    handle(tasks);
    return NEVER.pipe(startWith({ data: 'begun' }));
  }
}

/** Starts an application with one thread, and one request whose handler is `handler`. */
async function add(
  platform: Platform,
  handler: typeof handle,
  tasks: BackgroundTasksModuleOptions = {},
  options: PiscinaTasksModuleOptions = {},
): Promise<Running> {
  const modules = [PiscinaTasksModule.forRoot({ maxThreads: 1, ...options }), BackgroundTasksModule.forRoot(tasks)];
  const running = await start(platform, { imports: modules, controllers: [Handler] });
  await addMore(running, handler);
  return running;
}

async function addMore(running: Running, handler: typeof handle): Promise<void> {
  handle = handler;
  await request(running, '/');
}

const errors = (running: Running) =>
  running.logger.ofTasks('error').map(({ message, details }) => [message, details[0]]);

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
      [
        'Background task "throws-at-first.js" failed. Skipped after it: "next".',
        expect.objectContaining({ name: 'RangeError', message: 'call 1 fails' }),
      ],
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
      [
        'Background task "counts-forever.js" failed. Skipped after it: "next".',
        expect.objectContaining({ name: 'TimeoutError' }),
      ],
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
    expect(errors(running)).toEqual([
      ['Background task "counts.js" failed.', expect.objectContaining({ name: 'TimeoutError' })],
    ]);
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
      ['Background task "counts.js" failed.', expect.objectContaining({ name: 'DataCloneError' })],
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
      ['Background task "misbehaves.js" failed.', expect.objectContaining({ message })],
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
    handle = (tasks) => tasks.addTask(new WorkerTask(file('waits.js'), { gate, channel }));
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
      [
        'Background task "counts-forever.js" failed.',
        expect.objectContaining({ message: 'The application shuts down, and has waited 0 ms.' }),
      ],
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
    handle = (tasks) => tasks.addTask(new WorkerTask(file('counts.js'), numbers).with({ runOn: 'always' }));
    await request(app.getHttpServer().address() as AddressInfo, '/');
    expect(runner.captured).toEqual([{ name: 'counts.js', args: [numbers], runOn: 'always' }]);
    await runner.runAll();
    expect(numbers[0]).toBe(1);
    await app.close();
  });

  it('does what the recipe says', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'reports-'));
    const path = join(directory, 'report.csv');
    const running = await start(platform, {
      imports: [
        BackgroundTasksModule,
        PiscinaTasksModule.forRoot({ minThreads: 1, maxThreads: 2, resourceLimits: { maxOldGenerationSizeMb: 256 } }),
      ],
      controllers: [ReportsController],
    });
    const rows = [
      { name: 'Ada', total: 1 },
      { name: 'Grace', total: 2 },
    ];
    const answer = await request(running, '/reports', { method: 'POST', body: { path, rows } });
    expect(answer.body).toBe('{"status":"on its way"}');
    await running.runner.idle();
    expect(await readFile(path, 'utf8')).toBe('Grace;2\nAda;1\n');
    expect(announced.at(-1)).toBe(path);
    await rm(directory, { recursive: true });
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

/** Runs a task by hand; resolves to the id of its thread. */
async function threadOfATask(): Promise<number | undefined> {
  const numbers = sharedNumbers();
  await new WorkerTask(file('counts.js'), numbers).run();
  return numbers[1];
}

describe('a PiscinaTasksModule', () => {
  it('starts its threads with the application, as many as its options say', async () => {
    const running = await start(express, { imports: [PiscinaTasksModule.forRoot({ minThreads: 3 })] });
    expect(threads.started).toBe(3);
    await running.close();
    expect(threads.running).toBe(0);
  });

  it('can be imported bare, and with options from a factory', async () => {
    const factory = PiscinaTasksModule.forRootAsync({ useFactory: () => Promise.resolve({ minThreads: 2 }) });
    await start(express, { imports: [factory] });
    expect(threads.started).toBe(2);
    const bare = await start(express, { imports: [PiscinaTasksModule] });
    const started = threads.started;
    await bare.close();
    expect(threads.running).toBe(2);
    expect(started).toBeGreaterThan(2);
  });

  it('takes an option that is undefined as not given', async () => {
    const numbers = sharedNumbers();
    const running = await add(
      express,
      (tasks) => tasks.addTask(new WorkerTask(file('counts.js'), numbers)),
      {},
      { minThreads: undefined, maxThreads: undefined, maxQueue: undefined },
    );
    await running.runner.idle();
    expect(numbers[0]).toBe(1);
  });

  it.each<[PiscinaTasksModuleOptions, string]>([
    [{ minThreads: 0 }, 'Expected `minThreads` to be a number from 1, got `0` (number).'],
    [{ maxThreads: -1 }, 'options.maxThreads must be a positive integer'],
  ])('refuses %j at start-up', async (options, message) => {
    await expect(start(express, { imports: [PiscinaTasksModule.forRoot(options)] })).rejects.toThrow(message);
  });

  it('reports an error that ends a thread outside of its tasks, and goes on', async () => {
    const [gate, numbers] = [sharedNumbers(), sharedNumbers()];
    const running = await add(
      express,
      (tasks) => tasks.addTask(new WorkerTask(file('misbehaves.js'), { way: 'throw late', gate })),
      {},
      // or else an idle thread does not run what a task has left behind
      { atomics: 'disabled' },
    );
    await running.runner.idle();
    expect(errors(running)).toEqual([]);
    open(gate);
    await threads.ended(1);
    expect(errors(running)).toEqual([
      [
        'A worker thread ended by an error that belongs to no task.',
        expect.objectContaining({ message: 'nobody waited for this' }),
      ],
    ]);
    await addMore(running, (tasks) => tasks.addTask(new WorkerTask(file('counts.js'), numbers)));
    await running.runner.idle();
    expect(numbers[0]).toBe(1);
  });

  it('fails the tasks, and keeps none waiting, when no thread can be started', async () => {
    const running = await add(
      express,
      (tasks) => {
        for (const name of ['a', 'b', 'c']) tasks.addTask(new WorkerTask(file('counts.js')).with({ name }));
      },
      { onFailure: 'continue' },
      { execArgv: ['--import', 'file:///missing.js'] },
    );
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ failed: 3, pending: 0, running: 0 });
  });

  it('runs the tasks of the process while it is the one opened last, and may be closed twice', async () => {
    const imports = [PiscinaTasksModule.forRoot({ maxThreads: 1 })];
    const first = await start(express, { imports });
    const firstThread = await threadOfATask();
    const second = await start(express, { imports });
    expect(await threadOfATask()).not.toBe(firstThread);
    await second.close();
    await second.app.close();
    expect(await threadOfATask()).toBe(firstThread);
    await first.close();
    expect(await threadOfATask()).not.toBe(firstThread);
  });
});

/** What a process of its own prints that loads an entry of the library from its sources. */
async function printedByLoading(...entry: string[]): Promise<string[]> {
  const program = fileURLToPath(new URL('./load-entry.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...entry]);
  return stdout.trimEnd().split('\n');
}

/** The optional packages and further entries among loaded modules. */
function optionalAmong(urls: readonly string[]): string[] {
  const found = urls.flatMap(
    (url) => /(node_modules\/(piscina|p-retry)|src\/(piscina|testing))(?=\/)/.exec(url)?.[0] ?? [],
  );
  return [...new Set(found)].toSorted();
}

describe('the entries of the library', () => {
  it.each([
    ['the main entry', '.', []],
    ['the one for tests', 'testing', ['src/testing']],
    ['the one for worker threads', 'piscina', ['node_modules/piscina', 'src/piscina']],
  ])(
    'load no more than they need: %s',
    async (_, entry, optional) => {
      const loaded = await printedByLoading(entry);
      expect(loaded).toContainEqual(expect.stringContaining('/node_modules/@nestjs/common/'));
      expect(optionalAmong(loaded)).toEqual(optional);
    },
    PROCESS,
  );

  it(
    'let the process end by itself when the threads are idle',
    async () => {
      expect((await printedByLoading('piscina', 'and-run')).at(-1)).toMatch(/^ran 1 time in thread [1-9]/);
    },
    PROCESS,
  );

  it('export what the documentation names, and nothing else', () => {
    expect(Object.keys(piscina).toSorted()).toEqual(['PiscinaTasksModule', 'WorkerTask']);
  });

  it('have a recipe whose code runs', async () => {
    const directory = 'test/piscina/reports';
    const sources = [
      `${directory}/write-report.js`,
      `${directory}/reports.controller.ts`,
      'test/piscina/worker-task.spec.ts',
    ];
    await expect(expectCodeOf('worker-threads.md', ...sources)).resolves.toBeUndefined();
  });
});
