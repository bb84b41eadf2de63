import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { engineOptions } from '../../../../test/harness/bullmq-stores.js';
import { RedisServer, withoutRedis } from '../../../../test/harness/redis.js';
import { TcpProxy } from '../../../../test/harness/tcp-proxy.js';
import { expectSilence, SilentConsole } from '../../../../test/harness/silent-console.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { batchOf, Worker } from '../durable/scene.contract.js';
import { BullMqEngine, type BullMqEngineOptions } from './bullmq-engine.js';

const LONG = 600_000;
const GONE = /closed|writeable|ECONNRESET|max retries/;
const ONE = { concurrency: 1, lease: 1000, checkEvery: 300, maxCrashes: 10 };

whereThereIs(await withoutRedis(), 'BullMQ while its Redis is away', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let engine: BullMqEngine;
  let options: BullMqEngineOptions;
  let silent: SilentConsole;
  const unhandled: unknown[] = [];
  const noteUnhandled = (error: unknown): void => void unhandled.push(error);
  let warnings: string[];

  beforeAll(async () => {
    server = await RedisServer.start('--appendfsync', 'always');
    process.on('unhandledRejection', noteUnhandled);
  });

  afterAll(async () => {
    await server.stop();
    process.off('unhandledRejection', noteUnhandled);
  });

  beforeEach(async () => {
    warnings = [];
    silent = new SilentConsole();
    proxy = await TcpProxy.before(server);
    // those of the test before
    while (openSockets() > 0) await wait(10);
    options = engineOptions({ connection: { host: proxy.host, port: proxy.port }, submitTimeout: 500 }, warnings);
    engine = new BullMqEngine(options);
    await engine.start();
  });

  afterEach(async () => {
    proxy.pass();
    await engine.close(2000);
    await proxy.close();
    expectSilence(silent, unhandled);
  });

  /** Those of this process, without those of the proxies. */
  function openSockets(): number {
    const all = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    return all - proxy.size;
  }

  async function worker(): Promise<Worker> {
    const claiming = new Worker(engine);
    await engine.consume((claim) => claiming.run(claim), ONE);
    return claiming;
  }

  /** Resolves once the engine can reach its Redis again. */
  async function back(): Promise<void> {
    while (
      !(await engine.failed(1).then(
        () => true,
        () => false,
      ))
    )
      await wait(20);
  }

  it('rejects what is submitted, and stores none of it later', async () => {
    const batch = batchOf('a');
    proxy.cut();
    await expect(engine.submit(batch, { hold: LONG })).rejects.toThrow(GONE);
    await expect(engine.release(batch.id)).rejects.toThrow(GONE);
    proxy.pass();
    await back();
    expect(await engine.get(batch.id)).toBeUndefined();
  });

  it('rejects in time where nobody answers, and can discard what arrives all the same', async () => {
    const batch = batchOf('a');
    proxy.hang();
    await expect(engine.submit(batch, { hold: LONG })).rejects.toThrow('has not answered within 500 ms');
    await expect(engine.discard(batch.id)).rejects.toThrow('has not answered within 500 ms');
    proxy.pass();
    await back();
    expect(await engine.discard(batch.id)).toBe(true);
    expect(await engine.get(batch.id)).toBeUndefined();
  });

  it('warns once, not at each attempt to connect', async () => {
    proxy.cut();
    while (proxy.refused < 5) await wait(10);
    proxy.pass();
    await back();
    expect(warnings.length).toBeLessThanOrEqual(2);
    expect(new Set(warnings).size).toBe(warnings.length);
  });

  it('goes on with what waits when it is back, also after it has crashed', async () => {
    const claiming = await worker();
    const batch = batchOf('a', 'b');
    await engine.submit(batch, { hold: LONG });
    await server.kill();
    await server.restart();
    await back();
    await engine.release(batch.id);
    const run = await claiming.next();
    await run.claim.checkpoint({ cursor: 2, failures: 0 });
    run.end({ type: 'done' });
    while ((await engine.get(batch.id))?.state === 'active') await wait(10);
    expect(await engine.get(batch.id)).toMatchObject({ state: 'completed', cursor: 2 });
  });

  it('writes a checkpoint when it is back within the lease', async () => {
    const claiming = await worker();
    const batch = batchOf('a', 'b');
    await engine.submit(batch, { hold: 0 });
    const { claim } = await claiming.next();
    proxy.cut();
    const written = claim.checkpoint({ cursor: 1, failures: 0 });
    proxy.pass();
    await written;
    await back();
    expect(await engine.get(batch.id)).toMatchObject({ state: 'active', cursor: 1 });
  });

  it.each(['hang', 'cut'] as const)('takes a claim for lost when its lease is over (%s)', async (how) => {
    const claiming = await worker();
    await engine.submit(batchOf('a'), { hold: 0 });
    const run = await claiming.next();
    proxy[how]();
    await run.lost();
    await expect(run.claim.checkpoint({ cursor: 1, failures: 0 })).rejects.toThrow('Lost the claim');
    run.lose();
    proxy.pass();
    const again = await claiming.next();
    expect(again.claim).toMatchObject({ id: run.claim.id, progress: { cursor: 0, failures: 0 } });
    again.end({ type: 'done' });
  });

  it.each(['hang', 'cut'] as const)('closes in time, with and without claims (%s)', async (how) => {
    const claiming = await worker();
    await engine.submit(batchOf('a'), { hold: 0 });
    const run = await claiming.next();
    proxy[how]();
    const before = Date.now();
    await engine.stopClaiming();
    await engine.close(1000);
    expect(Date.now() - before).toBeLessThan(5000);
    expect(run.claim.signal.aborted).toBe(true);
    while (openSockets() > 0) await wait(10);
    expect(openSockets()).toBe(0);
    run.end({ type: 'done' });
  });

  it('says why, when it is closed before it has reached it', async () => {
    proxy.cut();
    const never = new BullMqEngine(options);
    const started = never.start();
    started.catch(() => {});
    while (proxy.refused === 0) await wait(10);
    await never.close(500);
    await expect(started).rejects.toThrow(/ECONNRESET|closed/);
  });
});
