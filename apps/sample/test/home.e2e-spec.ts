import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import request from 'supertest';
import { Outbox } from './outbox.js';
import { startSample } from './start-sample.js';

describe('The page that shows who waits for what', () => {
  let app: INestApplication<Server>;

  beforeEach(async () => {
    app = await startSample(new Outbox());
  });

  afterEach(() => app.close());

  const get = (path: string): request.Test => request(app.getHttpServer()).get(path);

  it('is at the root, and may load nothing from elsewhere', async () => {
    const { headers, text } = await get('/').expect(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(text).toContain('<h1 id="try">');
  });

  it.each([
    ['home.js', 'text/javascript; charset=utf-8'],
    ['home.css', 'text/css; charset=utf-8'],
    ['inspector', 'text/html; charset=utf-8'],
    ['inspector/batches', 'application/json; charset=utf-8'],
  ])('finds %s, which it asks for', async (path, type) => {
    const { headers } = await get(`/${path}`).expect(200);
    expect(headers['content-type']).toBe(type);
  });

  it('shows no batches to another machine', async () => {
    const statusOf = async (path: string): Promise<number> =>
      (await get(path).set('x-forwarded-for', '192.0.2.1')).status;
    expect(await statusOf('/inspector/batches')).toBe(403);
    expect(await statusOf('/')).toBe(200);
  });
});
