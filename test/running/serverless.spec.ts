import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { expectCodeOf } from '../harness/recipe.js';
import { type Adapter, adapters, type Handler } from './serverless/adapters.js';
import { ran, SignUpModule } from './serverless/app.module.js';
import { handler as handlerOfRecipe } from './serverless/lambda.js';
import { AppModule as VercelModule } from './serverless/vercel.js';
import worker from './serverless/worker.js';

const ada = { email: 'ada@example.org' };
const context = { awsRequestId: '7' };

/** What API Gateway sends, format 1.0. */
const eventOf = (body: object) => ({
  httpMethod: 'POST',
  path: '/signup',
  resource: '/{proxy+}',
  headers: { 'content-type': 'application/json', host: 'example.org' },
  multiValueHeaders: { 'content-type': ['application/json'], host: ['example.org'] },
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  requestContext: { stage: 'prod', requestId: '7', identity: { sourceIp: '192.0.2.1' } },
  body: JSON.stringify(body),
  isBase64Encoded: false,
});

const done = (...whats: string[]) => whats.map((what) => ({ what, outcome: 'success', aborted: false }));

beforeEach(() => {
  ran.length = 0;
});

describe.each(adapters)('a function made with $name', (adapter: Adapter) => {
  const startWith = async (imported: DynamicModule): Promise<{ app: INestApplication; handle: Handler }> => {
    const testing = await Test.createTestingModule({ imports: [SignUpModule, imported] }).compile();
    const app = testing.createNestApplication(adapter.platform.adapter());
    const handle = adapter.handle(app);
    await app.init();
    return { app, handle };
  };

  it('has run all tasks when it returns, if it waits until the runner is idle', async () => {
    const { app, handle } = await startWith(BackgroundTasksModule.forRoot());
    const handler: Handler = async (event, invocation) => {
      const response = await handle(event, invocation);
      await app.get(BackgroundTasksRunner).idle();
      return response;
    };
    expect(await handler(eventOf(ada), context)).toMatchObject({ statusCode: 201, body: '{"status":"signed up"}' });
    expect(ran).toEqual(done('welcome, ada@example.org', 'audit'));
    expect(await handler(eventOf({ email: '' }), context)).toMatchObject({ statusCode: 422 });
    expect(ran.slice(2)).toEqual([{ what: 'alert', outcome: 'failure', aborted: false }]);
    await app.close();
  });

  it('has run them when what it gave to waitUntil has resolved', async () => {
    const awaited: Array<Promise<void>> = [];
    const seen: unknown[] = [];
    const { app, handle } = await startWith(
      BackgroundTasksModule.forRoot({
        waitUntil: (finished, request) => {
          awaited.push(finished);
          seen.push(request, adapter.eventOf(request as never));
        },
      }),
    );
    const event = eventOf(ada);
    expect(await handle(event, context)).toMatchObject({ statusCode: 201 });
    expect(awaited).toHaveLength(1);
    await Promise.all(awaited);
    expect(ran).toEqual(done('welcome, ada@example.org', 'audit'));
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/signup' });
    expect(seen[1]).toBe(adapter.hasEvent ? event : undefined);
    await app.close();
  });
});

describe('the recipe', () => {
  it('runs on AWS Lambda', async () => {
    expect(await handlerOfRecipe(eventOf(ada), context)).toMatchObject({ statusCode: 201 });
    expect(ran).toEqual(done('welcome, ada@example.org', 'audit'));
  });

  it('runs on Vercel', async () => {
    const awaited: unknown[] = [];
    const vercel = { get: () => ({ waitUntil: (promise: unknown) => awaited.push(promise) }) };
    // where the package finds what Vercel says of the request
    Object.assign(globalThis, { [Symbol.for('@vercel/request-context')]: vercel });
    const testing = await Test.createTestingModule({ imports: [VercelModule] }).compile();
    const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    await app.init();
    await app.inject({ method: 'POST', url: '/signup', payload: ada });
    expect(awaited).toEqual([expect.any(Promise)]);
    await Promise.all(awaited);
    expect(ran).toEqual(done('welcome, ada@example.org', 'audit'));
    await app.close();
  });

  it('runs where each invocation has a waitUntil of its own', async () => {
    const invocations = [ada, { email: 'grace@example.org' }].map(async (body) => {
      const awaited: Array<Promise<unknown>> = [];
      const request = new Request('https://example.org/signup', { method: 'POST', body: JSON.stringify(body) });
      const response = await worker.fetch(request, {}, { waitUntil: (promise) => void awaited.push(promise) });
      expect(response.status).toBe(201);
      expect(awaited).toHaveLength(1);
      await Promise.all(awaited);
      expect(ran).toEqual(expect.arrayContaining(done(`welcome, ${body.email}`)));
    });
    await expect(Promise.all(invocations)).resolves.toHaveLength(2);
  });

  it('says what it does', async () => {
    const sources = ['lambda.ts', 'vercel.ts', 'worker.module.ts', 'worker.ts'];
    const paths = sources.map((source) => `test/running/serverless/${source}`);
    await expect(expectCodeOf('serverless.md', ...paths)).resolves.toBeUndefined();
  });
});
