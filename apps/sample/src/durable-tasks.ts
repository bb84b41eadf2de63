import type { DynamicModule } from '@nestjs/common';

/** What decides where durable tasks are kept, and who runs them: variables of the environment. */
export interface DurableSettings {
  /** `redis://…` or `postgres://…`; without one, they run in this process, and end with it. */
  readonly url: string | undefined;
  /** Whether this process runs them. */
  readonly isWorker: boolean;
}

export const durableSettings: DurableSettings = {
  url: process.env.DURABLE_URL || undefined,
  isWorker: process.env.DURABLE_WORKER !== 'false',
};

/** The module of the engine that the address asks for; none where there is no address. */
export function durableTasks({ url, isWorker }: DurableSettings): Array<Promise<DynamicModule>> {
  if (url === undefined) return [];
  return [isRedis(url) ? onRedis(url, isWorker) : onPostgres(url, isWorker)];
}

/** Neither engine is loaded without an address of its kind. */
async function onRedis(url: string, worker: boolean): Promise<DynamicModule> {
  const { onBullMq } = await import('./durable-on-bullmq.js');
  return onBullMq({ connection: redisAt(url), worker });
}

async function onPostgres(url: string, worker: boolean): Promise<DynamicModule> {
  const { onPgBoss } = await import('./durable-on-pg-boss.js');
  return onPgBoss({ connection: { connectionString: url }, worker });
}

export function isRedis(url: string): boolean {
  const { protocol } = new URL(url);
  if (['redis:', 'rediss:'].includes(protocol)) return true;
  if (['postgres:', 'postgresql:'].includes(protocol)) return false;
  throw new Error('Cannot store durable tasks: DURABLE_URL begins with redis:// or postgres://, or is not set.');
}

/** As ioredis takes it. */
export function redisAt(url: string) {
  const { hostname: host, port, username, password, protocol } = new URL(url);
  return {
    host,
    port: Number(port || 6379),
    ...(username !== '' && { username }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}
