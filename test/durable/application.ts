import type { ModuleMetadata } from '@nestjs/common';
import { BackgroundTasksEvents, type BackgroundTasksEvent } from 'nestjs-background-tasks';
import { type Platform, type Prepare, type Running, start } from '../harness/application.js';
import { MemoryEngine } from '../harness/memory-engine.js';
import { MemoryTasksModule, type MemoryTasksModuleOptions } from '../harness/memory-tasks.module.js';
import { Mailer } from './mailer.js';

/** A running application whose durable tasks are stored in memory. */
export interface DurableRunning extends Running {
  readonly engine: MemoryEngine;
  readonly events: BackgroundTasksEvent[];
  /** The methods of the engine that were called for a batch, in order. */
  calls(): string[];
  /** The names of the steps of each batch that was stored, in order. */
  stored(): string[][];
}

/** Starts one with a `Mailer`; `imports` with options of the memory's module. */
export async function startDurable(
  platform: Platform,
  { imports = [], providers = [], ...metadata }: ModuleMetadata,
  options: Partial<MemoryTasksModuleOptions> = {},
  prepare?: Prepare,
): Promise<DurableRunning> {
  const engine = new MemoryEngine();
  const events: BackgroundTasksEvent[] = [];
  const listening: Prepare = async (app) => {
    app.get(BackgroundTasksEvents).events$.subscribe((event) => events.push(event));
    await prepare?.(app);
  };
  const running = await start(
    platform,
    {
      ...metadata,
      imports: [...imports, MemoryTasksModule.forRoot({ engine, submitTimeout: 50, hold: 60_000, ...options })],
      providers: [Mailer, ...providers],
    },
    listening,
  );
  return {
    ...running,
    engine,
    events,
    calls: () => engine.calls.filter(({ id }) => id !== undefined).map(({ method }) => method),
    stored: () => events.flatMap((event) => (event.type === 'stored' ? [[...event.names]] : [])),
  };
}
