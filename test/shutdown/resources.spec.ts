import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ModuleMetadata } from '@nestjs/common';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { withoutPostgres } from '../harness/postgres.js';
import { type Closable, startClosable } from './application.js';
import { doorkeeper } from './doorkeeper.js';
import { Requests, users } from './requests.js';
import {
  ClosedBeforeApplicationShutdown,
  ClosedOnApplicationShutdown,
  ClosedOnModuleDestroy,
  provided,
  resourceModule,
} from './resources.js';
import { PostgresVisits, RedisNotes, withoutRedis } from './resources/servers.js';
import { typeOrmModule, Visits } from './resources/type-orm.js';
import { shutDownAtWork } from './shut-down.js';
import { Stage } from './stage.js';

interface Arrangement extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  readonly name: string;
  /** Whether it is closed so late that tasks of requests that came meanwhile can use it, too. */
  readonly isLate?: boolean;
  /** Why it cannot be tried here. */
  readonly absence?: string | undefined;
}

const arrangements: readonly Arrangement[] = [
  {
    name: 'TypeORM, which its global core module closes in onApplicationShutdown',
    imports: [typeOrmModule],
    providers: [provided(Visits)],
    isLate: true,
  },
  {
    name: 'a client closed in onModuleDestroy, in a module before ours',
    imports: [resourceModule(ClosedOnModuleDestroy)],
  },
  {
    name: 'a client closed in onModuleDestroy, in a global module',
    imports: [resourceModule(ClosedOnModuleDestroy, { global: true })],
  },
  {
    name: 'a client closed in beforeApplicationShutdown, in a module before ours',
    imports: [resourceModule(ClosedBeforeApplicationShutdown)],
  },
  {
    name: 'a client closed in beforeApplicationShutdown, in the root module',
    providers: [provided(ClosedBeforeApplicationShutdown)],
  },
  {
    name: 'a client closed in onApplicationShutdown, in a module before ours',
    imports: [resourceModule(ClosedOnApplicationShutdown)],
    isLate: true,
  },
  {
    name: 'a client closed in onApplicationShutdown, in the root module',
    providers: [provided(ClosedOnApplicationShutdown)],
  },
  {
    name: 'Redis, closed in onModuleDestroy of a global module',
    imports: [resourceModule(RedisNotes, { global: true })],
    absence: await withoutRedis(),
  },
  {
    name: 'PostgreSQL, closed in onApplicationShutdown of a module before ours',
    imports: [resourceModule(PostgresVisits)],
    isLate: true,
    absence: await withoutPostgres(),
  },
];

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

for (const { name, absence } of arrangements) {
  if (absence === undefined) continue;
  console.warn(`Skipped, since there is none here (${absence}): ${name}`);
  it.todo(`needs ${name}`);
}

describe.each(platforms)('on $name,', (platform) => {
  const present = arrangements.filter(({ absence }) => absence === undefined);

  describe.each(present)('$name', ({ imports = [], providers = [], isLate = false }) => {
    const start = (): Promise<Closable> =>
      startClosable(platform, stage, {
        imports: [doorkeeper, ...imports, BackgroundTasksModule],
        providers,
        controllers: [Requests],
      });

    it('is there for every task of the requests known when the shutdown begins', async () => {
      const running = await start();
      await shutDownAtWork(running, stage);
      expect(users(stage)).toEqual([
        'running task',
        'pending task',
        'nested task',
        'task of the request in flight',
        'task that it added',
      ]);
      expect(running.logger.ofTasks('error')).toEqual([]);
      expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, succeeded: 5, failed: 0 });
    });

    if (!isLate) return;
    it('is there for the tasks of a request that came just before the server closed', async () => {
      const running = await start();
      const closed = running.close();
      await stage.until('the server is about to close');
      const answer = request(running, '/late');
      await stage.until('a late request is in flight');
      stage.server.resolve();
      stage.handlers.resolve();
      expect((await answer).body).toBe('answered');
      await stage.until('onApplicationShutdown begins');
      stage.tasks.resolve();
      await closed;
      expect(users(stage)).toEqual(['late task']);
      expect(running.logger.ofTasks('error')).toEqual([]);
    });
  });
});
