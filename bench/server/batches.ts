// measures the library alone, without HTTP: prints how much CPU time a task costs in batches of one size, each round
import 'reflect-metadata';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { INestApplicationContext } from '@nestjs/common';
import { ContextIdFactory, NestFactory } from '@nestjs/core';
import { BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { countCalls, work } from './work.js';

/** Tasks that one measurement takes at least. */
const TASKS = 10_000;
/** Batches that are open at once, at most. */
const OPEN = 100;

interface OpenBatch {
  readonly tasks: BackgroundTasks;
  readonly response: ServerResponse;
}

const [size = 0, rounds = 0] = process.argv.slice(2).map(Number);
const app = await NestFactory.create(BackgroundTasksModule, { logger: false });
await app.init();
const runner = app.get(BackgroundTasksRunner);

// a first round that does not count
await measure();
const cpu: number[] = [];
for (let round = 0; round < rounds; round++) cpu.push(await measure());
console.log(JSON.stringify(cpu));
process.exit();

/** Microseconds of CPU time that a task costs from being added until its batch has finished. */
async function measure(): Promise<number> {
  const batches = Math.max(1, TASKS / size);
  const callsBefore = countCalls();
  let used = 0;
  for (let left = batches; left > 0; left -= OPEN) used += await runBatches(await openBatches(left));
  const calls = countCalls() - callsBefore;
  if (calls !== batches * size) throw new Error(`Expected ${batches * size} calls, got ${calls}.`);
  return used / calls;
}

/** Runs `size` tasks in each batch, and returns the microseconds of CPU time it took. */
async function runBatches(batches: readonly OpenBatch[]): Promise<number> {
  const before = process.cpuUsage();
  for (const { tasks, response } of batches) {
    for (let added = 0; added < size; added++) tasks.addTask(work);
    response.emit('finish');
  }
  await runner.idle();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function openBatches(wanted: number): Promise<OpenBatch[]> {
  const socket = new Socket();
  return Promise.all(Array.from({ length: Math.min(wanted, OPEN) }, () => openBatch(app, socket)));
}

/** The tasks of a request that nobody sent. */
async function openBatch(context: INestApplicationContext, socket: Socket): Promise<OpenBatch> {
  const request = new IncomingMessage(socket);
  const response = new ServerResponse(request);
  const contextId = ContextIdFactory.create();
  // where Express keeps it, and the library looks for it
  context.registerRequestByContextId(Object.assign(request, { res: response }), contextId);
  return { tasks: await context.resolve(BackgroundTasks, contextId), response };
}
