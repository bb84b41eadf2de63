import { afterAll, beforeAll, it } from '@jest/globals';
import { RedisStore } from '../../../../test/harness/bullmq-stores.js';
import { RedisServer, withoutRedis } from '../../../../test/harness/redis.js';
import { engineContract } from '../durable/engine.contract.js';

const absence = await withoutRedis();

if (absence !== undefined) {
  console.warn(`Skipped, since ${absence}: BullMQ on Redis`);
  it.todo('needs a Redis');
} else {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.stop());

  engineContract('BullMQ on Redis', () => Promise.resolve(new RedisStore({ host: server.host, port: server.port })));
}
