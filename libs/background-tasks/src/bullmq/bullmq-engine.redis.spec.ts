import { afterAll, beforeAll } from '@jest/globals';
import { RedisStore } from '../../../../test/harness/bullmq-stores.js';
import { RedisServer, withoutRedis } from '../../../../test/harness/redis.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { engineContract } from '../durable/engine.contract.js';

whereThereIs(await withoutRedis(), 'BullMQ on Redis:', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.stop());

  engineContract('the engine', () => Promise.resolve(new RedisStore({ host: server.host, port: server.port })));
});
