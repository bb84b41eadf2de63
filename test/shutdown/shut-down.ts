import type http from 'node:http';
import { expect } from '@jest/globals';
import { request } from '../harness/application.js';
import type { Closable } from './application.js';
import type { Stage } from './stage.js';

/** Shuts down while a task runs and a request is in flight; both go on once the shutdown has begun. */
export async function shutDownAtWork(
  running: Closable,
  stage: Stage,
  connection: { readonly agent?: http.Agent } = {},
): Promise<void> {
  stage.server.resolve();
  await request(running, '/busy', connection);
  await stage.until('a task is running');
  const answer = request(running, '/in-flight', connection);
  await stage.until('a request is in flight');
  const closed = running.close();
  await stage.until('onModuleDestroy begins');
  stage.tasks.resolve();
  await stage.until('nested task used it');
  stage.handlers.resolve();
  expect((await answer).body).toBe('answered');
  await closed;
}
