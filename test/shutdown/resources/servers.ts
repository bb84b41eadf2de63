import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  Inject,
  Injectable,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { postgres, whyNot } from '../../harness/postgres.js';
import { Resource } from '../resources.js';
import { Stage } from '../stage.js';

const redis = { host: process.env['REDIS_HOST'] ?? '127.0.0.1', connectTimeout: 1000, lazyConnect: true };

/** A real Redis, closed in `onModuleDestroy`. */
@Injectable()
export class RedisNotes extends Resource implements OnModuleDestroy {
  readonly #redis = new Redis(redis);
  readonly #key = `nestjs-background-tasks:${randomUUID()}`;

  constructor(@Inject(Stage) private readonly stage: Stage) {
    super();
  }

  async use(by: string): Promise<void> {
    await this.#redis.multi().hset(this.#key, by, 'was here').expire(this.#key, 60).exec();
    if ((await this.#redis.hget(this.#key, by)) === null) throw new Error('What was written is not there.');
  }

  async onModuleDestroy(): Promise<void> {
    this.stage.mark('resource closed');
    await this.#redis.quit();
  }
}

/** A real PostgreSQL, closed in `onApplicationShutdown`. */
@Injectable()
export class PostgresVisits extends Resource implements OnModuleInit, OnApplicationShutdown {
  #pool?: Pool;

  constructor(@Inject(Stage) private readonly stage: Stage) {
    super();
  }

  async onModuleInit(): Promise<void> {
    // a temporary table is one connection's own
    this.#pool = new Pool({ ...(await postgres()), max: 1 });
    await this.#pool.query('CREATE TEMPORARY TABLE visit (visitor text)');
  }

  async use(by: string): Promise<void> {
    await this.#pool?.query('INSERT INTO visit VALUES ($1)', [by]);
    const visits = await this.#pool?.query('SELECT * FROM visit WHERE visitor = $1', [by]);
    if (visits?.rowCount !== 1) throw new Error('What was inserted is not there.');
  }

  async onApplicationShutdown(): Promise<void> {
    this.stage.mark('resource closed');
    await this.#pool?.end();
  }
}

/** Why there is no Redis for the tests, if there is none. */
export async function withoutRedis(): Promise<string | undefined> {
  const client = new Redis({ ...redis, retryStrategy: null });
  // `connect()` itself rejects without the reason
  const failed = once(client, 'error').then(([error]: Error[]) => Promise.reject(error));
  return whyNot(() => Promise.race([client.connect(), failed])).finally(() => client.disconnect());
}
