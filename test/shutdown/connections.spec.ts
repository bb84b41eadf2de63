import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestApplicationOptions, Type } from '@nestjs/common';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { platforms } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { nest } from '../harness/nest.js';
import { type Closable, startClosable } from './application.js';
import { Streams } from './connections/streams.js';
import { doorkeeper } from './doorkeeper.js';
import { next } from './events.js';
import { Requests, users } from './requests.js';
import { ClosedOnApplicationShutdown, ClosedOnModuleDestroy, type Resource, resourceModule } from './resources.js';
import { shutDownAtWork } from './shut-down.js';
import { Stage } from './stage.js';

const force: NestApplicationOptions = { forceCloseConnections: true };

let stage: Stage;
let agent: http.Agent;

beforeEach(() => {
  stage = new Stage();
  agent = new http.Agent({ keepAlive: true });
});

afterEach(() => agent.destroy());

describe.each(platforms)('on $name,', (platform) => {
  const whereCut = nest.closesFastify || !platform.isFastify ? it : it.skip;

  /** With a drain that would wait for ever. */
  const start = (resource: Type<Resource>, options: NestApplicationOptions = {}): Promise<Closable> =>
    startClosable(
      platform,
      stage,
      {
        imports: [doorkeeper, resourceModule(resource), BackgroundTasksModule.forRoot({ shutdownTimeout: Infinity })],
        controllers: [Requests, Streams],
      },
      options,
    );

  it.each([
    ['left to themselves', {}],
    ['cut by forceCloseConnections', force],
  ])('clients that keep their connections alive hold up nothing, %s', async (_, options) => {
    const running = await start(ClosedOnModuleDestroy, options);
    await shutDownAtWork(running, stage, { agent });
    expect(users(stage)).toHaveLength(5);
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  whereCut('a handler whose connection the server cuts is waited for (on Fastify since Nest 12)', async () => {
    const running = await start(ClosedOnApplicationShutdown, force);
    const closed = running.close();
    await stage.until('the server is about to close');
    const connection = await Connection.open(running);
    connection.send('/late');
    await stage.until('a late request is in flight');
    stage.server.resolve();
    await stage.until('onApplicationShutdown begins');
    stage.handlers.resolve();
    await stage.until('a late task is running');
    // Node makes 1 ms of a wait that its timers cannot count; those of one length end in order
    await new Promise((resolve) => setTimeout(resolve, 1));
    stage.tasks.resolve();
    await closed;
    expect(users(stage)).toEqual(['late task']);
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  whereCut('a request behind a guard is waited for, too (on Fastify since Nest 12)', async () => {
    const running = await start(ClosedOnApplicationShutdown, force);
    const closed = running.close();
    await stage.until('the server is about to close');
    const connection = await Connection.open(running);
    connection.send('/guarded');
    await stage.until('a guard is at work');
    const another = await Connection.open(running);
    another.send('/in-flight');
    await stage.until('a request is in flight');
    stage.server.resolve();
    await stage.until('onApplicationShutdown begins');
    const finished = next(running.app, 'finished');
    stage.guard.resolve();
    await stage.until('the guard has let its request pass');
    stage.handlers.resolve();
    await finished;
    await new Promise((resolve) => setImmediate(resolve));
    stage.tasks.resolve();
    await closed;
    expect(users(stage).at(-1)).toBe('task behind the guard');
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  whereCut('an endless stream is not waited for: its tasks run once it is cut (on Fastify since Nest 12)', async () => {
    const running = await start(ClosedOnApplicationShutdown, force);
    stage.server.resolve();
    const connection = await Connection.open(running);
    connection.send('/events');
    await connection.receives('the first event');
    await running.close();
    expect(stage.events).toContain('outcome: success, aborted: true');
    expect(users(stage)).toEqual(['task of the stream']);
  });

  whereCut('a handler that begins such a stream is waited for no longer (on Fastify since Nest 12)', async () => {
    const running = await start(ClosedOnApplicationShutdown, force);
    stage.server.resolve();
    const connection = await Connection.open(running);
    connection.send('/later-events');
    await stage.until('a request is in flight');
    const closed = running.close();
    await stage.until('onModuleDestroy begins');
    stage.handlers.resolve();
    await closed;
    expect(users(stage)).toEqual(['task of the stream']);
  });

  it('a response that is complete but not yet sent is waited for', async () => {
    const running = await start(ClosedOnModuleDestroy);
    stage.server.resolve();
    const outgoing = http.get({ host: '127.0.0.1', port: running.port, path: '/large', agent });
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    const closed = running.close();
    await stage.until('onModuleDestroy begins');
    incoming.resume();
    await closed;
    expect(stage.events).toContain('outcome: success, aborted: false');
    expect(users(stage)).toEqual(['task of the large response']);
  });
});
