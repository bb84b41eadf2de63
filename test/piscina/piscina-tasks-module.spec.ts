import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PiscinaTasksModule, type PiscinaTasksModuleOptions, WorkerTask } from 'nestjs-background-tasks/piscina';
import { express, start } from '../harness/application.js';
import { add, addMore, errors, file } from './application.js';
import { open, sharedNumbers, Threads } from './threads.js';

let threads: Threads;

beforeEach(() => {
  threads = new Threads();
});

afterEach(() => threads.forget());

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
      'A worker thread ended by an error that belongs to no task: Error: nobody waited for this.',
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
