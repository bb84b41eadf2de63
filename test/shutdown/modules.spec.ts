import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { ContextIdFactory, NestFactory } from '@nestjs/core';
import { BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { shared, startClosable } from './application.js';
import { Endings } from './endings.js';
import { drainsOf } from './events.js';
import { Requests, users } from './requests.js';
import { ClosedOnModuleDestroy, Resource, resourceModule } from './resources.js';
import { Stage } from './stage.js';

@Module({ imports: [BackgroundTasksModule] })
class FeatureModule {}

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

describe.each(platforms)('on $name, the drain', (platform) => {
  it('waits for the batches behind the one that may run', async () => {
    const running = await startClosable(platform, stage, {
      imports: [resourceModule(ClosedOnModuleDestroy), BackgroundTasksModule.forRoot({ concurrency: 1 })],
      controllers: [Requests],
    });
    await request(running, '/busy');
    await stage.until('a task is running');
    await request(running, '/busy');
    await request(running, '/busy');
    const closed = running.close();
    await stage.until('onModuleDestroy begins');
    stage.tasks.resolve();
    await closed;
    const ofEach = ['running task', 'pending task', 'nested task'];
    expect(users(stage)).toEqual([...ofEach, ...ofEach, ...ofEach]);
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  it('is one, however often the module is imported', async () => {
    const running = await startClosable(platform, stage, {
      imports: [
        resourceModule(ClosedOnModuleDestroy),
        FeatureModule,
        BackgroundTasksModule.forRoot({ shutdownTimeout: 20 }),
      ],
      controllers: [Endings],
    });
    const drains = drainsOf(running.app);
    await request(running, '/endless');
    await stage.until('endless begins');
    await running.close();
    expect(stage.of('aborted by ')).toHaveLength(1);
    expect(running.logger.ofTasks('error')).toHaveLength(1);
    expect(drains).toEqual([['endless', 'pending']]);
  });

  it('tells once that nothing is left, and loses nothing, however often the module is imported', async () => {
    const running = await startClosable(platform, stage, {
      imports: [
        resourceModule(ClosedOnModuleDestroy),
        FeatureModule,
        BackgroundTasksModule.forRoot({ concurrency: 5 }),
      ],
      controllers: [Requests],
    });
    const drains = drainsOf(running.app);
    await request(running, '/busy');
    await stage.until('a task is running');
    const closed = running.close();
    await stage.until('onModuleDestroy begins');
    stage.tasks.resolve();
    await closed;
    expect(users(stage)).toHaveLength(3);
    expect(drains).toEqual([[]]);
  });

  it('has nothing to wait for where no request ever came', async () => {
    const running = await startClosable(platform, stage, { imports: [BackgroundTasksModule] });
    const drains = drainsOf(running.app);
    await running.close();
    expect(drains).toEqual([[]]);
  });
});

describe('in an application context, beside a server of its own, the drain', () => {
  it('waits for the tasks of the requests', async () => {
    const imports = [{ module: class StageModule {}, ...shared(stage) }, resourceModule(ClosedOnModuleDestroy)];
    const root = { module: class ContextModule {}, imports: [...imports, BackgroundTasksModule] };
    const context = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
    const { port, server } = await serve(context);
    expect((await request({ port }, '/')).body).toBe('answered');
    await stage.until('a task is running');
    const closed = context.close().then(() => stage.mark('closed'));
    // a turn of the event loop in which nothing keeps it from closing but the drain
    await new Promise((resolve) => setImmediate(resolve));
    stage.tasks.resolve();
    await closed;
    expect(users(stage)).toEqual(['running task', 'pending task']);
    expect(context.get(BackgroundTasksRunner).stats()).toMatchObject({ pending: 0, running: 0, succeeded: 2 });
    server.close();
  });
});

/** Answers every request with two tasks. */
async function serve(context: INestApplicationContext): Promise<{ port: number; server: http.Server }> {
  const resource = context.get(Resource);
  const use = async (by: string): Promise<void> => {
    await resource.use(by);
    stage.mark(`${by} used it`);
  };
  const answer = async (incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const id = ContextIdFactory.create();
    context.registerRequestByContextId(Object.assign(incoming, { res: response }), id);
    const tasks = await context.resolve(BackgroundTasks, id);
    tasks.addTask(async () => {
      stage.mark('a task is running');
      await stage.tasks.promise;
      await use('running task');
    });
    tasks.addTask(use, 'pending task');
    response.end('answered');
  };
  const server = http.createServer((incoming, response) => void answer(incoming, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, server };
}
