import { timingSafeEqual } from 'node:crypto';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue } from 'bullmq';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { redisAt } from './durable-tasks.js';

const PATH = '/queues';

/**
 * Shows the jobs of durable tasks on a page, to whoever knows `password`: their arguments can be read there.
 *
 * Retrying there goes on at the step that failed, as `redrive()` does; but its attempts do not count anew.
 */
export function showQueues(
  app: { use(path: string, ...handlers: RequestHandler[]): unknown },
  redisUrl: string,
  password: string,
): Queue {
  const queue = new Queue('background-tasks', { connection: redisAt(redisUrl) });
  const server = new ExpressAdapter().setBasePath(PATH);
  createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: server });
  app.use(PATH, onlyFor(password), server.getRouter());
  return queue;
}

/** Asks for the password, whatever the name. */
function onlyFor(password: string) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const [, encoded = ''] = (request.headers.authorization ?? '').split('Basic ');
    const [, ...given] = Buffer.from(encoded, 'base64').toString().split(':');
    if (isSame(given.join(':'), password)) return next();
    response.setHeader('WWW-Authenticate', 'Basic realm="queues"').status(401).send('Who is there?');
  };
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
