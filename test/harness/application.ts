import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { RecordingLogger } from './recording-logger.js';
import { Timeline } from './timeline.js';

export interface Platform {
  readonly name: string;
  readonly isFastify: boolean;
  adapter(): AbstractHttpAdapter;
}

export const express: Platform = { name: 'Express', isFastify: false, adapter: () => new ExpressAdapter() };
export const fastify: Platform = { name: 'Fastify', isFastify: true, adapter: () => new FastifyAdapter() };
export const fastifyHttp2: Platform = {
  name: 'Fastify on HTTP/2',
  isFastify: true,
  adapter: () => new FastifyAdapter({ http2: true } as object),
};
export const platforms: readonly Platform[] = [express, fastify];

/** What a response needs for the tests, on both platforms. */
export interface Reply {
  background?: unknown;
  status(code: number): this;
  send(body?: unknown): unknown;
  raw?: ServerResponse;
}

/** A running application, what happened to its responses, and what it logged. */
export interface Running {
  readonly app: INestApplication;
  readonly runner: BackgroundTasksRunner;
  readonly port: number;
  readonly timeline: Timeline;
  readonly logger: RecordingLogger;
  close(): Promise<void>;
}

/** What a test may want to do to an application before it listens. */
export type Prepare = (app: INestApplication) => void | Promise<void>;

type Imports = NonNullable<ModuleMetadata['imports']>;

const running = new Set<Running>();

/**
 * Starts an application on a free port, with a bare `BackgroundTasksModule` unless it imports its own, by itself or
 * through another module; closed after the test.
 */
export async function start(
  platform: Platform,
  metadata: ModuleMetadata,
  prepare: Prepare = () => undefined,
  timeline = new Timeline(),
): Promise<Running> {
  const logger = new RecordingLogger();
  const imports = withTasks(metadata.imports ?? []);
  const testing = await Test.createTestingModule({ ...metadata, imports })
    .setLogger(logger)
    .compile();
  const app = testing.createNestApplication(platform.adapter());
  await prepare(app);
  const sockets = watchResponses(app.getHttpServer() as Server, timeline);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!running.delete(started)) return;
    sockets.forEach((socket) => socket.destroy());
    await app.close();
  };
  const started: Running = { app, runner: app.get(BackgroundTasksRunner), port, timeline, logger, close };
  running.add(started);
  return started;
}

function withTasks(imports: Imports): Imports {
  return imports.some(bringsTasks) ? imports : [...imports, BackgroundTasksModule];
}

function bringsTasks(imported: Imports[number]): boolean {
  const metatype: unknown = 'module' in imported ? imported.module : imported;
  if (typeof metatype !== 'function') return false;
  if (metatype === BackgroundTasksModule || metatype.prototype instanceof BackgroundTasksModule) return true;
  const nested = Reflect.getMetadata('imports', metatype) as Imports | undefined;
  return nested?.some(bringsTasks) ?? false;
}

afterEach(async () => {
  await Promise.all([...running].map((each) => each.close()));
});

/** Marks `finish`, `close` and `socket close` of every response; returns the open sockets. */
function watchResponses(server: Server, timeline: Timeline): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.prependOnceListener('close', () => {
      sockets.delete(socket);
      timeline.mark('socket close');
    });
  });
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.once('finish', () => timeline.mark('finish'));
    response.once('close', () => timeline.mark('close'));
  });
  return sockets;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** One request on a connection of its own, read to its end. */
export async function request(
  { port }: { readonly port: number },
  path: string,
  { method = 'GET', body, agent = false }: { method?: string; body?: unknown; agent?: http.Agent | false } = {},
): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = payload === undefined ? {} : { 'content-type': 'application/json' };
  const outgoing = http.request({ host: '127.0.0.1', port, path, method, agent, headers });
  outgoing.end(payload);
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
  });
}
