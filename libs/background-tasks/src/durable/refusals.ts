import type { TaskStore } from '../core/batch/batch.js';
import type { NamedMethod } from '../core/running/durable-names.js';

/** @throws Error where an engine is there already: a batch is stored by one. */
export function refuseSecondEngine(store: TaskStore | undefined, module: string): void {
  if (store === undefined) return;
  throw new Error(
    store.module === module
      ? `Cannot import ${module} twice: durable tasks are stored by one engine. Import it once, in the root module.`
      : `Cannot import ${store.module} and ${module}: durable tasks are stored by one engine. Import one of them, once.`,
  );
}

/** @throws Error for a durable method whose provider is made for each request: a worker has none. */
export function refuseScopedProviders(methods: readonly NamedMethod[], module: string): void {
  const refused = methods.find(({ provided }) => !provided.isShared);
  if (refused === undefined) return;
  const { provided, key } = refused;
  throw new Error(
    `Cannot make \`${provided.name}.${String(key)}\` a durable task, which ${module} would have run by a worker: ` +
      `\`${provided.name}\` is request-scoped or transient, or depends on something that is, such as BackgroundTasks. Pass what ` +
      'the task needs of the request as arguments, or import BackgroundTasksModule with `scope: Scope.DEFAULT`.',
  );
}

/** What is imported where nothing could have tasks. */
export function needsBackgroundTasksModule(module: string): Error {
  return new Error(`Cannot start ${module} alone: import BackgroundTasksModule, too, in the root module.`);
}
