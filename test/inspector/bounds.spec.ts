import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { fastify, request, type Running, start } from '../harness/application.js';
import { askFor } from './ask.js';
import { inspector, Office, type Told } from './scene.js';

const MB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes on the heap that something still needs. */
async function heap(): Promise<number> {
  // what is let go in one collection may let go of more
  for (let count = 0; count < 3; count++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

/** Neither may be a constant: what the inspector keeps of it has to be its own. */
const big = (seed: number, length = MB): string => `${seed} `.padEnd(length, '¡x');

/** An error as large as its stack, and another one for each call. */
function largeError(seed: number, length = MB): Error {
  const error = new Error(big(seed, length));
  error.stack = `Error: ${big(seed, length)}\n    at ${big(seed + 1, length)}`;
  return error;
}

@Controller()
class Flood {
  constructor(private readonly runner: BackgroundTasksRunner) {}

  @Post('large')
  large(tasks: BackgroundTasks): void {
    for (let count = 0; count < 300; count++) {
      tasks.addTask(() => Promise.reject(largeError(count))).with({ runOn: 'always', name: `fails ${count}` });
    }
  }

  /** Batches of one task each, as many as are asked for, with names of 10 kB. */
  async batches(count: number, task: (number: number) => Promise<void>, name: (number: number) => string) {
    for (let number = 0; number < count; number++) {
      await this.runner.scope((tasks) => {
        tasks.addTask(task, number).with({ name: name(number) });
      });
      // as many as there are requests at once
      if (number % 100 === 99) await this.runner.idle();
    }
    await this.runner.idle();
  }
}

const startFlood = (): Promise<Running> =>
  start(fastify, {
    controllers: [Flood, Office],
    imports: [BackgroundTasksModule.forRoot({ onFailure: 'continue' }), inspector()],
  });

/** What is on the heap after `flood` and was not before, once all that runs it is there. */
async function growth(flood: (running: Running) => Promise<void>): Promise<number> {
  const running = await startFlood();
  await request(running, '/reports/7', { method: 'POST' });
  await running.runner.idle();
  const before = await heap();
  await flood(running);
  await running.runner.idle();
  // the log has it all, and is of the test
  running.logger.lines.length = 0;
  return (await heap()) - before;
}

describe('what the inspector keeps', () => {
  it('is small where tasks are small, however many batches there were', async () => {
    const grown = await growth(async ({ app }) => app.get(Flood).batches(10_000, async () => {}, String));
    expect(grown).toBeLessThan(10 * MB);
  });

  it('is bounded where 300 tasks of a batch throw a megabyte each', async () => {
    let told: Told | undefined;
    const grown = await growth(async (running) => {
      await request(running, '/large', { method: 'POST' });
      await running.runner.idle();
      told = await askFor<Told>(running, '/inspector/batches');
    });
    expect(grown).toBeLessThan(24 * MB);
    const batch = told?.batches.at(-1);
    expect(batch).toMatchObject({ failed: 300, more: 195 });
    expect(batch?.tasks).toHaveLength(105);
    const errors = batch?.tasks.flatMap(({ attempts }) => attempts.flatMap(({ error }) => error ?? [])) ?? [];
    expect(errors.filter(({ stack }) => stack !== undefined)).toHaveLength(5);
    expect(Math.max(...errors.map(({ message }) => message.length))).toBeLessThanOrEqual(2_000);
    expect(Math.max(...errors.map(({ stack = '' }) => stack.length))).toBe(4_000);
  });

  it('is a name, and not the text that the name is a piece of', async () => {
    const piece = (number: number): string => big(number).slice(0, 150);
    const grown = await growth(async ({ app }) => app.get(Flood).batches(300, async () => {}, piece));
    expect(grown).toBeLessThan(10 * MB);
  });

  it('is bounded where each of 700 batches has a name of 10 kB and a large error', async () => {
    let told: Told | undefined;
    const grown = await growth(async (running) => {
      const fail = (number: number): Promise<void> => Promise.reject(largeError(number, 100_000));
      await running.app.get(Flood).batches(700, fail, (number) => big(number, 10_000));
      told = await askFor<Told>(running, '/inspector/batches');
    });
    expect(grown).toBeLessThan(24 * MB);
    expect(told?.batches.at(-1)?.tasks[0]?.name).toHaveLength(200);
    expect(told?.dropped).toBeGreaterThan(200);
  });
});
