// a server in a process of its own: `server.js express|fastify`, with --expose-gc
import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import { SoakModule } from './application.js';
import type { Listening, Measured } from './messages.js';

/** Milliseconds that are enough for the last tasks. */
const PATIENCE = 30_000;

const warnings: string[] = [];
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));

const adapter = process.argv[2] === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
// the failures on purpose are logged, and nobody reads them
const app = await NestFactory.create(SoakModule, adapter, { logger: false });
await app.listen(0, '127.0.0.1');
const server = app.getHttpServer() as Server;
// the client is silent while the heap is measured
server.keepAliveTimeout = 0;
const runner = app.get(BackgroundTasksRunner);

async function collectGarbage(): Promise<void> {
  // what a collection finalizes is garbage for the next one
  for (let time = 0; time < 5; time++) {
    await turn();
    globalThis.gc?.();
  }
}

process.on('message', () => {
  void (async () => {
    // a task that is lost would be waited for without an end; the counts tell of it
    await Promise.race([runner.idle(), wait(PATIENCE, undefined, { ref: false })]);
    await collectGarbage();
    const measured: Measured = { heapUsed: process.memoryUsage().heapUsed, stats: runner.stats(), warnings };
    process.send?.(measured);
  })();
});
const { port } = server.address() as AddressInfo;
process.send?.({ port } satisfies Listening);
