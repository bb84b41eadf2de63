// measures how many bytes of heap a task takes while it waits for its response; needs --expose-gc
import 'reflect-metadata';
import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import { applicationWithoutRoutes, openBatches } from './open-batches.js';
import { work } from './work.js';

const TASKS = 50_000;
const ROUNDS = 8;

const app = await applicationWithoutRoutes();
const bytes: number[] = [];
// a first round that does not count
for (let round = 0; round <= ROUNDS; round++) bytes.push(await measure());
console.log(JSON.stringify(bytes.slice(1)));
process.exit();

/** Of a batch with many tasks, so that the batch itself is none of it. */
async function measure(): Promise<number> {
  const batches = await openBatches(app, 1);
  const before = usedHeap();
  for (const { tasks } of batches) for (let added = 0; added < TASKS; added++) tasks.addTask(work);
  const used = usedHeap() - before;
  for (const { response } of batches) response.emit('finish');
  await app.get(BackgroundTasksRunner).idle();
  return used / TASKS;
}

function usedHeap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
