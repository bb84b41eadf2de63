import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { callHooksFirst } from '../core/nest/first-hooks.js';
import { Scheduler } from '../core/running/scheduler.js';
import { DurableBatches } from '../core/tasks/durable-batches.js';
import { DurableLog } from './durable-log.js';
import { DurableRuntime } from './durable-runtime.js';
import {
  type DurableTasksOptions,
  type EngineDefaults,
  resolveDurableOptions,
  type ResolvedDurableOptions,
} from './durable.options.js';
import type { DurableEngine } from './engine.js';
import { needsBackgroundTasksModule } from './refusals.js';

/** What is particular to an engine. */
export interface EngineKind<O extends DurableTasksOptions> {
  readonly module: string;
  readonly engineName: string;
  readonly defaults: EngineDefaults;
  /** @throws TypeError for what is wrong with the engine's own options. */
  make(options: O & ResolvedDurableOptions, log: DurableLog): DurableEngine;
}

/** Finds the class of the module, whose hooks are called first: it is not there yet when its providers are listed. */
type ModuleClass = Parameters<typeof callHooksFirst>[0];

/** The providers of an engine's module, whose options are provided as `optionsToken`. */
export function engineProviders<O extends DurableTasksOptions>(
  kind: EngineKind<O>,
  optionsToken: string | symbol,
  moduleClass: () => ModuleClass,
): Provider[] {
  const makeRuntime = (given: O, modules: ModulesContainer, scheduler?: Scheduler): DurableRuntime => {
    if (scheduler === undefined) throw needsBackgroundTasksModule(kind.module);
    callHooksFirst(moduleClass(), modules);
    const options = { ...given, ...resolveDurableOptions(given, kind.defaults) };
    const log = new DurableLog();
    const { module, engineName } = kind;
    return new DurableRuntime(scheduler, { module, engineName, options, log, engine: kind.make(options, log) });
  };
  return [
    {
      provide: DurableRuntime,
      useFactory: makeRuntime,
      inject: [optionsToken, ModulesContainer, { token: Scheduler, optional: true }],
    },
    { provide: DurableBatches, useFactory: ({ batches }: DurableRuntime) => batches, inject: [DurableRuntime] },
  ];
}
