import type { RedisQueueBackend } from 'bullmq';
import { CommonFence, type Fence, type JobLock } from './fence.js';
import type { JobData } from './stored-job.js';

/** Does what BullMQ's `extendLock` and `updateData` do, the second only where the first has found the lock. */
const SCRIPT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SREM', KEYS[2], ARGV[3])
redis.call('HSET', KEYS[3], 'data', ARGV[4])
return 1`;
const NAME = 'nestjsBackgroundTasksWrite';

/**
 * On Redis, one command renews the lock and writes: nothing is written by a worker that has lost it.
 *
 * It knows BullMQ's keys, which those of another version may not be: so nothing is believed to be lost before BullMQ
 * itself has said so.
 */
export class RedisFence implements Fence {
  readonly #backend: RedisQueueBackend;
  readonly #common: CommonFence;
  readonly #prepared = new WeakSet();

  constructor(backend: RedisQueueBackend) {
    this.#backend = backend;
    this.#common = new CommonFence(backend);
  }

  renew(lock: JobLock): Promise<boolean> {
    return this.#common.renew(lock);
  }

  async write(lock: JobLock, data: JobData): Promise<boolean> {
    return (await this.#wrote(lock, data)) || this.#common.write(lock, data);
  }

  async #wrote({ job, token, lease }: JobLock, data: JobData): Promise<boolean> {
    const client = await this.#backend.client;
    if (!this.#prepared.has(client)) client.defineCommand(NAME, { numberOfKeys: 3, lua: SCRIPT });
    this.#prepared.add(client);
    const id = job.id ?? '';
    const key = this.#backend.toKey(id);
    const keys = [`${key}:lock`, this.#backend.keys.stalled, key];
    return (await client.runCommand(NAME, [...keys, token, lease, id, JSON.stringify(data)])) === 1;
  }
}
