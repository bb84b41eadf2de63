import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import request from 'supertest';
import { EXAMPLES, tryIt } from '../src/try-it.js';
import { Outbox } from './outbox.js';
import { startSample } from './start-sample.js';

describe('What the sample prints to try it', () => {
  let app: INestApplication<Server>;

  beforeEach(async () => {
    app = await startSample(new Outbox());
  });

  afterEach(() => app.close());

  it.each(EXAMPLES)('works as it stands: $path', async ({ path, body }) => {
    const agent = request(app.getHttpServer());

    const response = await (body ? agent.post(path).send(body) : agent.get(path));

    expect(response.ok).toBe(true);
  });

  it('is a line of curl for each, with the port that the application listens on', () => {
    const lines = tryIt(4321).match(/^ {2}curl http:\/\/localhost:4321\/.*$/gm);

    expect(lines).toHaveLength(EXAMPLES.length);
    expect(lines).toContain('  curl http://localhost:4321/audit');
  });
});
