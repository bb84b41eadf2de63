import type { StoredBatch } from './batches.js';

/** What is used of the library's engines. */
export interface Engine {
  start(): Promise<void>;
  submit(batch: StoredBatch, options: { readonly hold: number }): Promise<void>;
  close(timeout: number): Promise<void>;
}

type EngineClass = new (options: object) => Engine;

const FILES = {
  BullMqEngine: 'bullmq/bullmq-engine.js',
  PgBossEngine: 'pg-boss/pg-boss-engine.js',
} as const;

/** The engine by itself, which the library does not export. */
export async function startEngine(name: keyof typeof FILES, own: object): Promise<Engine> {
  const file = new URL(`../../node_modules/nestjs-background-tasks/dist/${FILES[name]}`, import.meta.url);
  const { [name]: Class } = (await import(file.href)) as Record<typeof name, EngineClass>;
  const kept = { keepCompleted: { age: 3_600_000, count: 1_000 }, keepFailed: { age: 3_600_000 } };
  const engine = new Class({
    ...own,
    migrate: true,
    log: console,
    submitTimeout: 2_000,
    ...kept,
  });
  await engine.start();
  return engine;
}
