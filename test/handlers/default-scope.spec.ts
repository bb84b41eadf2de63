import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { ContextIdFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksEvents,
  BackgroundTasksRunner,
  NoActiveRequestError,
} from 'nestjs-background-tasks';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { fastifyHttp2, platforms, request, type Running, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { deferred } from '../harness/deferred.js';
import { constructed, gates, refused, timeline } from './default-scope/adds.js';
import { AppModule, inDefaultScope, startApp } from './default-scope/app.module.js';
import { clientOf } from './default-scope/client.js';
import { Durable, DurableTree } from './default-scope/durable-tree.js';
import { Subscriber } from './default-scope/singletons.js';

describe.each([...platforms, fastifyHttp2])('on $name, with Scope.DEFAULT, tasks', (platform) => {
  it('come from every singleton there is, into one batch, in order', async () => {
    const running = await startApp(platform);
    const batches = new Set<string>();
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => {
      if (event.type === 'added') batches.add(event.batchId);
    });
    const client = clientOf(platform, running);
    const answer = await client.ask('/sign-up', { name: 'Ada' });
    client.close();
    await running.runner.idle();
    expect(answer).toMatchObject({ status: 201, body: '13,13,13' });
    expect(timeline.events).toEqual([
      'class middleware',
      'functional middleware after success',
      'guard',
      'strategy',
      'Ada is known',
      'interceptor',
      'pipe',
      'handler for Ada',
      'parameter',
      'event subscriber',
      'deep service, after a timer',
      'attached',
      'handler, at last',
      'interceptor, afterwards',
    ]);
    expect(batches.size).toBe(1);
  });

  it.each([
    ['a guard that denies', '/denied', 403, ['guard after failure']],
    ['a filter', '/refused', 418, ['filter after failure']],
    ['middleware, where there is no route', '/nowhere', 404, ['functional middleware after failure']],
  ])('of %s settle as a failure', async (_, path, status, events) => {
    const running = await startApp(platform);
    const client = clientOf(platform, running);
    expect((await client.ask(path)).status).toBe(status);
    client.close();
    await running.runner.idle();
    expect(timeline.events).toEqual(events);
  });

  it('are never mixed, with many requests on few connections, and nothing is made anew for a request', async () => {
    const running = await startApp(platform);
    const before = constructed.length;
    const client = clientOf(platform, running);
    const ids = Array.from({ length: 100 }, (_, index) => `${index}`);
    const answers = await Promise.all(ids.map((id) => client.ask(`/interleaved/${id}`)));
    client.close();
    await running.runner.idle();
    expect(answers.map(({ body }) => body)).toEqual(ids);
    for (const id of ids) expect(timeline.of(`${id} `)).toEqual(['one', 'two', 'three', 'four']);
    expect(constructed).toHaveLength(before);
    expect(constructed.filter((name) => name === 'Everything')).toEqual(['Everything']);
  });
});

describe.each(platforms)('on $name, with Scope.DEFAULT, tasks', (platform) => {
  it('are never mixed on a pipelined connection', async () => {
    const running = await startApp(platform);
    const connection = await Connection.open(running);
    const ids = ['1', '2', '3', '4', '5'];
    connection.send(...ids.map((id) => `/interleaved/${id}`));
    await connection.receives('\r\n\r\n5');
    await running.runner.idle();
    for (const id of ids) expect(timeline.of(`${id} `)).toEqual(['one', 'two', 'three', 'four']);
    connection.hangUp();
  });

  it('find their request again when its body has been read, whichever came first', async () => {
    const running = await startApp(platform);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const open = (id: string) => {
      const path = `/piped/${id}`;
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      const outgoing = http.request({ port: running.port, path, method: 'POST', agent, headers });
      outgoing.flushHeaders();
      return outgoing;
    };
    for (const round of ['a', 'b']) {
      const arrived = nextRequests(running, 2);
      const requests = [open(`1${round}`), open(`2${round}`)];
      await arrived;
      for (const outgoing of requests.toReversed()) {
        outgoing.end(JSON.stringify({ name: 'Ada' }));
        const [incoming] = (await once(outgoing, 'response')) as [http.IncomingMessage];
        await text(incoming);
      }
    }
    agent.destroy();
    await running.runner.idle();
    expect(timeline.events).toEqual(['2a for Ada', '1a for Ada', '2b for Ada', '1b for Ada']);
  });

  it('that are attached to the response are not added twice', async () => {
    const running = await startApp(platform);
    expect((await request(running, '/attached')).body).toBe('2');
    await running.runner.idle();
    expect(timeline.events).toEqual(['once', 'and another']);
  });

  it('belong to their response: they can be neither run by hand nor added to those of another', async () => {
    const running = await startApp(platform);
    expect((await request(running, '/taken')).body).toBe('1');
    await running.runner.idle();
    expect(timeline.events).toEqual(['mine']);
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('Cannot add the background task `note`: there is no HTTP request here.'),
      'Cannot add these background tasks: they already belong to another response or to other tasks. ' +
        'Make a new BackgroundTasks for each response.',
      expect.stringContaining('Cannot run these background tasks by hand: they belong to a response'),
    ]);
  });

  it('that are added late run in the same batch, in order', async () => {
    const running = await startApp(platform);
    const batches = new Set<string>();
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => {
      if (event.type === 'started') batches.add(event.batchId);
    });
    await request(running, '/late');
    await running.runner.idle();
    gates.release.resolve();
    await gates.added.promise;
    await running.runner.idle();
    expect(timeline.events).toEqual(['outer begins', 'outer ends', 'next', 'added by a task', 'added by a promise']);
    expect(batches.size).toBe(1);
  });

  it('heed what with() said on the singleton in the same request only', async () => {
    const running = await startApp(platform);
    const first = request(running, '/fails/for/always');
    await gates.entered.promise;
    await request(running, '/fails/for/success');
    gates.release.resolve();
    await first;
    await request(running, '/fails/for/success');
    await running.runner.idle();
    expect(timeline.events).toEqual(['for always', 'for always, too']);
  });

  it('are refused outside a request, where there are none', async () => {
    const running = await startApp(platform);
    const tasks = running.app.get(BackgroundTasks);
    const subscriber = running.app.get(Subscriber);
    await request(running, '/attached');
    await running.runner.idle();
    expect(refused).toEqual([expect.any(NoActiveRequestError)]);
    expect(() => subscriber.add('by a cron job')).toThrow(NoActiveRequestError);
    expect(() => subscriber.add('by a cron job')).toThrow(
      'Cannot add the background task `note`: there is no HTTP request here.',
    );
    expect(tasks.size).toBe(0);
    expect([...tasks]).toEqual([]);
    expect(timeline.events).toEqual(['once', 'and another']);
  });

  it('are captured by a CapturingRunner', async () => {
    const testing = await Test.createTestingModule({ imports: [AppModule, inDefaultScope()] })
      .overrideProvider(BackgroundTasksRunner)
      .useClass(CapturingRunner)
      .compile();
    const app = testing.createNestApplication(platform.adapter());
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const runner: CapturingRunner = app.get(BackgroundTasksRunner);
    await request({ port }, '/interleaved/1');
    const names = runner.captured.map(({ args }) => args[0]);
    await runner.runAll();
    await app.close();
    expect(names).toEqual(['1 one', '1 two', '1 three', '1 four']);
    expect(timeline.events).toEqual(names);
  });
});

/** Resolves when `times` more requests have arrived, whose bodies have not. */
function nextRequests({ app }: Running, times: number): Promise<void> {
  const arrived = deferred();
  let left = times;
  const count = (): void => {
    if (--left > 0) return;
    app.getHttpServer().off('request', count);
    arrived.resolve();
  };
  app.getHttpServer().on('request', count);
  return arrived.promise;
}

describe.each(platforms)('on $name, a durable provider', (platform) => {
  it('may hold the tasks of Scope.DEFAULT: they find each of its requests', async () => {
    const tenant = ContextIdFactory.create();
    ContextIdFactory.apply({ attach: () => ({ resolve: () => tenant, payload: {} }) });
    const module = { controllers: [DurableTree], providers: [Durable], imports: [inDefaultScope()] };
    const running = await start(platform, module);
    await request(running, '/1');
    await request(running, '/2');
    await running.runner.idle();
    expect(timeline.events).toEqual(['durable for 1', 'durable for 2']);
    expect(constructed).toEqual(['Durable']);
  });
});
