// measures the library alone, without HTTP: prints how much CPU time a task costs in batches of one size, each round
import 'reflect-metadata';
import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import { applicationWithoutRoutes, type OpenBatch, openBatches } from './open-batches.js';
import { countCalls, work } from './work.js';

/** Tasks that one measurement takes at least. */
const TASKS = 20_000;
/** Batches that are open at once, at most. */
const OPEN = 100;
/** Rounds that do not count: it is about code that has run for a while. */
const WARM_UPS = 8;

const [size = 0, rounds = 0] = process.argv.slice(2).map(Number);
const app = await applicationWithoutRoutes();
const runner = app.get(BackgroundTasksRunner);

for (let round = 0; round < WARM_UPS; round++) await measure();
const cpu: number[] = [];
for (let round = 0; round < rounds; round++) cpu.push(await measure());
console.log(JSON.stringify(cpu));
process.exit();

/** Microseconds of CPU time that a task costs from being added until its batch has finished. */
async function measure(): Promise<number> {
  const batches = Math.max(1, TASKS / size);
  const callsBefore = countCalls();
  let used = 0;
  for (let left = batches; left > 0; left -= OPEN) {
    used += await runBatches(await openBatches(app, Math.min(left, OPEN)));
  }
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
