import type { Claim, DurableEngine, NewBatch, Verdict } from '../../libs/background-tasks/src/durable/engine.js';

/** What the process that starts this one tells it. */
export interface Orders {
  /** Where the compiled library has the engine, and what it is called there. */
  readonly file: string;
  readonly name: string;
  readonly options: object;
  readonly concurrency: number;
  readonly lease: number;
  readonly checkEvery: number;
  /** Milliseconds that a step takes. */
  readonly takes: number;
  /** The index of a step that never ends, in the first batch that comes so far. */
  readonly hangsAt?: number;
}

const orders = JSON.parse(process.argv[2] ?? '') as Orders;
let hangsAt = orders.hangsAt;

// a pipe is written at once: what is said here was done, though this process is killed the moment after
function say(what: string, id: string, step: number): void {
  process.stdout.write(`${what} ${id} ${step} ${Date.now()}\n`);
}

async function take(id: string, step: number): Promise<void> {
  say('began', id, step);
  if (hangsAt === step) {
    hangsAt = undefined;
    say('hangs', id, step);
    await new Promise(() => {});
  }
  await new Promise((resolve) => setTimeout(resolve, orders.takes));
  say('ended', id, step);
}

async function run(claim: Claim): Promise<Verdict> {
  const { id, progress } = claim;
  const { steps } = claim.batch as NewBatch;
  for (let step = progress.cursor; step < steps.length; step++) {
    await take(id, step);
    await claim.checkpoint({ cursor: step + 1, failures: 0 });
    say('written', id, step);
  }
  return { type: 'done' };
}

async function start(): Promise<void> {
  const file = new URL(`node_modules/nestjs-background-tasks/${orders.file}`, import.meta.url);
  const found = (await import(file.href)) as Record<string, new (options: object) => DurableEngine>;
  const Engine = found[orders.name];
  if (Engine === undefined) throw new Error(`${orders.file} has no ${orders.name}.`);
  const engine = new Engine({ ...orders.options, log: { warn: () => {} } });
  await engine.start();
  const { concurrency, lease, checkEvery } = orders;
  await engine.consume(run, { concurrency, lease, checkEvery, maxCrashes: 10 });
  process.send?.(0);
}

await start();
