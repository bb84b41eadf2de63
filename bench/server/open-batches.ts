import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import { ContextIdFactory, NestFactory } from '@nestjs/core';
import { BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';

/** The tasks of a request that nobody sent: it is over when its response says so. */
export interface OpenBatch {
  readonly tasks: BackgroundTasks;
  readonly response: ServerResponse;
}

/** An application that has the library, and nothing else. */
export async function applicationWithoutRoutes(): Promise<INestApplication> {
  const app = await NestFactory.create(BackgroundTasksModule, { logger: false });
  return app.init();
}

export function openBatches(context: INestApplicationContext, count: number): Promise<OpenBatch[]> {
  const socket = new Socket();
  return Promise.all(Array.from({ length: count }, () => openBatch(context, socket)));
}

async function openBatch(context: INestApplicationContext, socket: Socket): Promise<OpenBatch> {
  const request = new IncomingMessage(socket);
  const response = new ServerResponse(request);
  const contextId = ContextIdFactory.create();
  // where Express keeps it, and the library looks for it
  context.registerRequestByContextId(Object.assign(request, { res: response }), contextId);
  return { tasks: await context.resolve(BackgroundTasks, contextId), response };
}
