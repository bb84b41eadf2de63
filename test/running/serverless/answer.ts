import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './worker.module.js';

let started: Promise<NestFastifyApplication> | undefined;

/** What brings a request of the web to Nest, as a platform does. */
export async function answer(request: Request): Promise<Response> {
  const app = await (started ??= start());
  const { pathname } = new URL(request.url);
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: pathname,
    payload: (await request.json()) as object,
  });
  return new Response(body, { status: statusCode });
}

async function start(): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), { logger: false });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
