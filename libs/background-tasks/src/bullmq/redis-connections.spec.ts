import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { engineOptions } from '../../../../test/harness/bullmq-stores.js';
import { RedisServer, withoutRedis } from '../../../../test/harness/redis.js';
import { expectSilence, SilentConsole } from '../../../../test/harness/silent-console.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { batchOf, Worker } from '../durable/scene.contract.js';
import { BullMqEngine } from './bullmq-engine.js';

const ONE = { concurrency: 1, lease: 1000, checkEvery: 300, maxCrashes: 10 };

whereThereIs(await withoutRedis(), 'BullMQ on Redis', () => {
  let server: RedisServer;
  let client: Redis;
  let silent: SilentConsole;
  let warnings: string[];

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    warnings = [];
    silent = new SilentConsole();
    client = new Redis({ host: server.host, port: server.port });
  });

  afterEach(async () => {
    await client.config('SET', 'appendonly', 'yes');
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    client.disconnect();
    expectSilence(silent);
  });

  /** Stores a batch, has it run by this process, and closes. */
  async function runOne(connection: unknown): Promise<void> {
    const engine = new BullMqEngine(engineOptions({ connection }, warnings));
    await engine.start();
    const worker = new Worker(engine);
    await engine.consume((claim) => worker.run(claim), ONE);
    const batch = batchOf('a');
    await engine.submit(batch, { hold: 60_000 });
    await engine.release(batch.id);
    const run = await worker.next();
    expect(run.claim.batch).toEqual(batch);
    run.end({ type: 'done' });
    await engine.close(2000);
  }

  async function connections(): Promise<number> {
    const list = await client.client('LIST');
    return String(list).trim().split('\n').length;
  }

  it('connects by options, whatever they say of retries, and closes what it has opened', async () => {
    await runOne({ host: server.host, port: server.port, maxRetriesPerRequest: 20 });
    while ((await connections()) > 1);
    expect(await connections()).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('connects as an open client does, and leaves that open', async () => {
    await runOne(client);
    while ((await connections()) > 1);
    expect(await client.ping()).toBe('PONG');
    expect(warnings).toEqual([]);
  });

  it('connects as a client does that has not connected yet', async () => {
    const lazy = new Redis({ host: server.host, port: server.port, lazyConnect: true });
    await runOne(lazy);
    expect(lazy.status).toBe('wait');
  });

  it('connects by a URL', async () => {
    await runOne(`redis://${server.host}:${server.port}/1`);
    await client.select(1);
    expect(await client.dbsize()).toBeGreaterThan(0);
  });

  it('refuses what BullMQ could not find its jobs with', async () => {
    const prefix = { host: server.host, port: server.port, keyPrefix: 'app:' };
    const cluster = new Cluster([prefix], { lazyConnect: true });
    const prefixed = new Redis({ ...prefix, lazyConnect: true });
    await expect(runOne(prefix)).rejects.toThrow('Cannot keep durable batches with a `keyPrefix`');
    await expect(runOne(prefixed)).rejects.toThrow('Cannot keep durable batches with a `keyPrefix`');
    await expect(runOne(cluster)).rejects.toThrow('Cannot keep durable batches in a Redis Cluster');
  });

  it('warns of a Redis that forgets, once for each reason', async () => {
    await client.config('SET', 'appendonly', 'no');
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await runOne({ host: server.host, port: server.port });
    expect(warnings).toEqual([
      expect.stringContaining('keeps no append-only file'),
      expect.stringContaining('throws durable batches away'),
    ]);
  });

  it('leaves to others what they wait for when it stops claiming', async () => {
    const options = engineOptions({ connection: client });
    const [stopped, other] = [new BullMqEngine(options), new BullMqEngine(options)];
    const worker = new Worker(other);
    worker.always = () => Promise.resolve({ type: 'done' });
    for (const engine of [stopped, other]) {
      await engine.start();
      await engine.consume((claim) => worker.run(claim), ONE);
    }
    await stopped.stopClaiming();
    const before = Date.now();
    for (let batches = 0; batches < 10; batches++) {
      await other.submit(batchOf('a'), { hold: 0 });
      await worker.next();
    }
    // a batch whose marker somebody else has taken is found after 5 s
    expect(Date.now() - before).toBeLessThan(4000);
    await Promise.all([stopped.close(500), other.close(500)]);
  });

  it('cannot store in a transaction, and says what can', async () => {
    const engine = new BullMqEngine(engineOptions({ connection: client }));
    await engine.start();
    const transaction = { query: () => Promise.resolve([]) };
    await expect(engine.submit(batchOf('a'), { hold: 0, transaction })).rejects.toThrow('PgBossTasksModule');
    await engine.close(500);
  });

  it('rejects what is asked for before start()', async () => {
    const engine = new BullMqEngine(engineOptions({ connection: client }));
    await expect(engine.submit(batchOf('a'), { hold: 0 })).rejects.toThrow('is not open');
    await expect(engine.get('1')).rejects.toThrow('is not open');
  });

  it('keeps no more of what is done than it is told to', async () => {
    const options = engineOptions({ connection: client, keepCompleted: { age: 60_000, count: 2 } });
    const engine = new BullMqEngine(options);
    await engine.start();
    const worker = new Worker(engine);
    worker.always = () => Promise.resolve({ type: 'done' });
    await engine.consume((claim) => worker.run(claim), ONE);
    const batches = Array.from({ length: 5 }, () => batchOf('a'));
    for (const batch of batches) {
      await engine.submit(batch, { hold: 0 });
      while ((await engine.get(batch.id))?.state !== 'completed');
    }
    const kept = await Promise.all(batches.map(({ id }) => engine.get(id)));
    expect(kept.map((batch) => batch?.state)).toEqual([undefined, undefined, undefined, 'completed', 'completed']);
    await engine.close(500);
  });
});
