import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { RequestHandler } from 'express';
import request from 'supertest';
import { RedisServer, withoutRedis } from '../../../test/harness/redis.js';
import { whereThereIs } from '../../../test/harness/where-there-is.js';
import { expectStoredMail, startDurable } from './durable.js';
import { Outbox } from './outbox.js';

whereThereIs(await withoutRedis(), 'the sample on Redis', () => {
  const outbox = new Outbox();
  let redis: RedisServer;
  let app: INestApplication;

  beforeAll(async () => {
    redis = await RedisServer.start('--maxmemory-policy', 'noeviction');
    app = await startDurable(`redis://${redis.host}:${redis.port}`, outbox);
  });

  afterAll(async () => {
    await app.close();
    await redis.stop();
  });

  it('stores a mail before it answers, and sends it after that', () => expectStoredMail(app, outbox));

  it('shows the jobs to whoever knows the password, and to nobody else', async () => {
    const { showQueues } = await import('../src/bull-board.js');
    const { default: express } = await import('express');
    const board = express();
    const use = (path: string, ...handlers: RequestHandler[]): unknown => board.use(path, ...handlers);
    const queue = showQueues({ use }, `redis://${redis.host}:${redis.port}`, 'secret');
    await request(board).get('/queues').expect(401);
    await request(board).get('/queues').auth('x', 'wrong').expect(401);
    await request(board).get('/queues').auth('x', 'secret').expect(200);
    const { body } = await request(board).get('/queues/api/queues').auth('x', 'secret').expect(200);
    expect(body).toMatchObject({ queues: [{ name: 'background-tasks', counts: { completed: 1 } }] });
    await queue.close();
  });
});
