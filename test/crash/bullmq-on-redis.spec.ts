import { afterAll, beforeAll } from '@jest/globals';
import { RedisServer, withoutRedis } from '../harness/redis.js';
import { whereThereIs } from '../harness/where-there-is.js';
import { itSurvives } from './rounds.js';

whereThereIs(await withoutRedis(), 'killed workers, with BullMQ on Redis,', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.stop());

  itSurvives(() => ({ connection: { host: server.host, port: server.port } }));
});
