import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type IQueueBackend, Queue, RedisQueueBackend, Worker } from 'bullmq';
import { RedisServer, withoutRedis } from '../../../../test/harness/redis.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { RedisFence } from './redis-fence.js';
import type { JobQueue, StoredJob } from './stored-job.js';

const LEASE = 60_000;
const DATA = { batch: { v: 1 }, progress: { cursor: 1, failures: 0 } };

whereThereIs(await withoutRedis(), 'the fence of a job on Redis', () => {
  let server: RedisServer;
  let queue: JobQueue;
  let worker: Worker;
  let backend: RedisQueueBackend;
  let fence: RedisFence;
  let job: StoredJob;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    const connection = { host: server.host, port: server.port };
    const name = randomUUID();
    queue = new Queue(name, { connection }) as JobQueue;
    worker = new Worker(name, undefined, { connection, autorun: false });
    const used: IQueueBackend = queue.getBackend();
    if (!(used instanceof RedisQueueBackend)) throw new Error('BullMQ has another backend.');
    backend = used;
    fence = new RedisFence(backend);
    await queue.add('job', {});
    job = (await worker.getNextJob('mine')) as StoredJob;
  });

  afterEach(async () => {
    await worker.close();
    await queue.close();
  });

  const lock = () => ({ job, token: 'mine', lease: LEASE });
  const key = (): string => backend.toKey(job.id ?? '');
  const stored = async (): Promise<unknown> => (await queue.getJob(job.id ?? ''))?.data;

  /** The commands of BullMQ that are asked for meanwhile. */
  async function askedFor(act: () => Promise<unknown>): Promise<string[]> {
    const asked: string[] = [];
    const client = await backend.client;
    const runCommand = client.runCommand.bind(client);
    client.runCommand = (name, args) => {
      asked.push(name);
      return runCommand(name, args) as Promise<unknown>;
    };
    await act();
    client.runCommand = runCommand;
    return asked;
  }

  it('writes, and renews the lock, in one command', async () => {
    const client = await backend.client;
    await client.set(`${key()}:lock`, 'mine', { PX: 20_000 });
    const asked = await askedFor(async () => expect(await fence.write(lock(), DATA)).toBe(true));
    expect(asked).toHaveLength(1);
    expect(await stored()).toEqual(DATA);
    expect(await client.runCommand('pttl', [`${key()}:lock`])).toBeGreaterThan(20_000);
    // which renewing does not do again
    expect(await askedFor(() => fence.write(lock(), DATA))).toHaveLength(1);
  });

  it.each(['another', undefined])('writes nothing where the lock is that of %p', async (token) => {
    const client = await backend.client;
    if (token === undefined) await client.del(`${key()}:lock`);
    else await client.set(`${key()}:lock`, token);
    expect(await fence.write(lock(), DATA)).toBe(false);
    expect(await stored()).toEqual({});
    expect(await fence.renew(lock())).toBe(false);
  });

  it('makes no job of one that has gone', async () => {
    const client = await backend.client;
    await client.del(key());
    expect(await fence.write(lock(), DATA)).toBe(false);
    expect(await client.hgetall(key())).toEqual({});
  });

  it('takes it from the list of those whose workers may have died', async () => {
    const client = await backend.client;
    const { stalled } = backend.keys;
    await client.runCommand('sadd', [stalled, job.id]);
    await fence.write(lock(), DATA);
    expect(await client.smembers(stalled)).toEqual([]);
  });

  it('writes as BullMQ does where the lock is not where it was looked for', async () => {
    backend.toKey = (type) => (type === job.id ? `elsewhere:${type}` : queue.toKey(type));
    backend.extendLock = () => Promise.resolve(1);
    const written: unknown[] = [];
    backend.updateData = async (_, data) => void written.push(data);
    expect(await fence.write(lock(), DATA)).toBe(true);
    expect(written).toEqual([DATA]);
  });
});
