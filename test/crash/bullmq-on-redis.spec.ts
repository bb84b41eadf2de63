import { afterAll, beforeAll } from '@jest/globals';
import { engineOptions } from '../harness/bullmq-stores.js';
import { RedisServer, withoutRedis } from '../harness/redis.js';
import { whereThereIs } from '../harness/where-there-is.js';
import { itSurvives } from './rounds.js';

whereThereIs(await withoutRedis(), 'killed workers, with BullMQ on Redis,', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.stop());

  const times = { lease: 8000, checkEvery: 3000 };
  itSurvives(times, () => ({
    system: 'bullmq',
    options: engineOptions({ connection: { host: server.host, port: server.port } }),
  }));
});
