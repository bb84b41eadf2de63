import { BullMqEngine, type BullMqEngineOptions } from '../../libs/background-tasks/src/bullmq/bullmq-engine.js';
import type { DurableEngine } from '../../libs/background-tasks/src/durable/engine.js';
import { PgBossEngine, type PgBossEngineOptions } from '../../libs/background-tasks/src/pg-boss/pg-boss-engine.js';

/** Which engine a process has, by what JSON can carry. */
export type EngineChoice =
  | { readonly system: 'bullmq'; readonly options: Omit<BullMqEngineOptions, 'log'> }
  | { readonly system: 'pg-boss'; readonly options: Omit<PgBossEngineOptions, 'log'> };

export function engineOf(choice: EngineChoice, warn: (line: string) => void): DurableEngine {
  const log = { warn };
  if (choice.system === 'bullmq') return new BullMqEngine({ ...choice.options, log });
  return new PgBossEngine({ ...choice.options, log });
}
