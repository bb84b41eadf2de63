import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DurableBatch } from '../core/tasks/durable-batches.js';
import { engineOptions, RedisStore } from '../../../../test/harness/bullmq-stores.js';
import { RedisServer, withoutRedis } from '../../../../test/harness/redis.js';
import { expectSilence, SilentConsole } from '../../../../test/harness/silent-console.js';
import { TcpProxy } from '../../../../test/harness/tcp-proxy.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { engineContract } from '../durable/engine.contract.js';
import { batchOf, pause, Worker } from '../durable/scene.contract.js';
import { BullMqEngine } from './bullmq-engine.js';

whereThereIs(await withoutRedis(), 'BullMQ on Redis:', () => {
  let server: RedisServer;
  let silent: SilentConsole;
  let stranded: Promise<DurableBatch>;

  beforeAll(async () => {
    silent = new SilentConsole();
    server = await RedisServer.start();
    // it takes long, and waits: the contract is tried meanwhile
    stranded = runStranded(server);
    stranded.catch(() => undefined);
  });

  afterAll(async () => {
    await server.stop();
    expectSilence(silent);
  });

  engineContract('the engine', () => Promise.resolve(new RedisStore({ host: server.host, port: server.port })));

  it('an engine connects anew where nobody is at the other end any more', async () => {
    expect(await stranded).toMatchObject({ state: 'completed', tasks: ['stranded'] });
  });
});

/** Resolves to a batch that is stored, and run, by an engine whose connections have all died without a word. */
async function runStranded({ host, port }: RedisServer): Promise<DurableBatch> {
  const proxy = await TcpProxy.before({ host, port });
  const options = engineOptions({ connection: { host: proxy.host, port: proxy.port }, submitTimeout: 500 });
  const engine = new BullMqEngine(options);
  await engine.start();
  const worker = new Worker(engine);
  worker.always = () => Promise.resolve({ type: 'done' });
  const settings = { concurrency: 1, lease: 1000, checkEvery: 300, maxCrashes: 10 };
  await engine.consume((claim) => worker.run(claim), settings);
  proxy.strand();
  await untilReached(engine);
  const batch = batchOf('stranded');
  await engine.submit(batch, { hold: 0 });
  const completed = await untilCompleted(engine, batch.id);
  await engine.close(2000);
  await proxy.close();
  return completed;
}

async function untilReached(engine: BullMqEngine): Promise<void> {
  const reach = (): Promise<boolean> =>
    engine.failed(1).then(
      () => true,
      () => false,
    );
  while (!(await reach())) await pause();
}

async function untilCompleted(engine: BullMqEngine, id: string): Promise<DurableBatch> {
  for (;;) {
    const batch = await engine.get(id);
    if (batch?.state === 'completed') return batch;
    await pause();
  }
}
