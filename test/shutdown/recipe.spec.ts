import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { nest } from '../harness/nest.js';
import { Timeline } from '../harness/timeline.js';
import { type Closable, startClosable } from './application.js';
import { doorkeeper } from './doorkeeper.js';
import { AppModule } from './recipe/app.module.js';
import { PrismaClient } from './recipe/prisma-client.js';
import { Requests, users } from './requests.js';
import { ClosedOnApplicationShutdown, ClosedOnModuleDestroy, provided, resourceModule } from './resources.js';
import { Stage } from './stage.js';

@Module({ imports: [BackgroundTasksModule] })
class FeatureModule {}

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
  PrismaClient.timeline = new Timeline();
  PrismaClient.answer = deferred();
});

describe('Nest calls the shutdown hooks', () => {
  const hooked = (name: string, imports: DynamicModule[] = [], global = false): DynamicModule => {
    class Hooked {
      onModuleDestroy = (): void => stage.mark(`destroy ${name}`);
      beforeApplicationShutdown = (): void => stage.mark(`before ${name}`);
      onApplicationShutdown = (): void => stage.mark(`shutdown ${name}`);
    }
    return { module: Hooked, imports, global };
  };

  it('phase by phase: of the root module, then by distance from it, the later listed first; of global ones last', async () => {
    const deep = hooked('in first and in root');
    const global = hooked('first global', [], true);
    const imports = [global, deep, hooked('first', [deep]), hooked('second'), hooked('second global', [], true)];
    const context = await NestFactory.createApplicationContext(hooked('root', imports), {
      logger: false,
      abortOnError: false,
    });
    await context.close();
    const order = ['root', 'second', 'first', 'in first and in root', 'second global', 'first global'];
    for (const phase of ['destroy', 'before', 'shutdown']) expect(stage.of(`${phase} `)).toEqual(order);
    expect(stage.events.findIndex((event) => event.startsWith('before'))).toBe(order.length);
    expect(stage.events.findIndex((event) => event.startsWith('shutdown'))).toBe(2 * order.length);
  });
});

interface Arrangement extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  readonly name: string;
}

const ownModule = resourceModule(ClosedOnModuleDestroy);

const right: readonly Arrangement[] = [
  { name: 'in a module of its own, listed before BackgroundTasksModule', imports: [ownModule, BackgroundTasksModule] },
  {
    name: 'in a global module, wherever it is listed',
    imports: [BackgroundTasksModule, resourceModule(ClosedOnModuleDestroy, { global: true })],
  },
  {
    name: 'where other modules import BackgroundTasksModule, too, and the root module imports one with options',
    imports: [ownModule, FeatureModule, BackgroundTasksModule.forRoot({ onFailure: 'stop' })],
  },
];

const wrong: readonly Arrangement[] = [
  {
    name: 'in the root module',
    imports: [BackgroundTasksModule],
    providers: [provided(ClosedOnModuleDestroy)],
  },
  { name: 'in a module listed after BackgroundTasksModule', imports: [BackgroundTasksModule, ownModule] },
  {
    name: 'where another module imports the very BackgroundTasksModule that the root module imports',
    imports: [ownModule, FeatureModule, BackgroundTasksModule],
  },
];

describe.each(platforms)('on $name, a resource closed in onModuleDestroy', (platform) => {
  const start = ({ imports = [], providers = [] }: Omit<Arrangement, 'name'>, options = {}): Promise<Closable> =>
    startClosable(platform, stage, { imports: [doorkeeper, ...imports], providers, controllers: [Requests] }, options);

  it.each(right)('is there for the task of a request in flight: $name', async (arrangement) => {
    const running = await start(arrangement);
    stage.server.resolve();
    const answer = request(running, '/in-flight');
    await stage.until('a request is in flight');
    const closed = running.close();
    await stage.until('onModuleDestroy begins');
    stage.handlers.resolve();
    expect((await answer).body).toBe('answered');
    await closed;
    expect(users(stage)).toEqual(['task of the request in flight', 'task that it added']);
  });

  it.each(wrong)('is gone before the task of a request in flight: $name', async (arrangement) => {
    const running = await start(arrangement);
    stage.server.resolve();
    const answer = request(running, '/in-flight');
    await stage.until('a request is in flight');
    const closed = running.close();
    await stage.until('resource closed');
    stage.handlers.resolve();
    expect((await answer).body).toBe('answered');
    await closed;
    expect(users(stage)).toEqual([]);
    expect(running.logger.ofTasks('error')).toMatchObject([{ message: expect.stringMatching(/failed/) }]);
  });

  it('is gone before the task of a request that comes after that', async () => {
    const running = await start({ imports: [ownModule, BackgroundTasksModule] });
    const closed = running.close();
    await stage.until('the server is about to close');
    stage.handlers.resolve();
    expect((await request(running, '/in-flight')).body).toBe('answered');
    stage.server.resolve();
    await closed;
    expect(users(stage)).toEqual([]);
    expect(running.logger.ofTasks('error')).toMatchObject([{ message: expect.stringMatching(/failed/) }]);
  });

  it('is not missed by such a request where Nest 12 refuses it, with return503OnClosing', async () => {
    const running = await start({ imports: [ownModule, BackgroundTasksModule] }, { return503OnClosing: true });
    const closed = running.close();
    await stage.until('the server is about to close');
    stage.handlers.resolve();
    expect((await request(running, '/in-flight')).status).toBe(nest.is12 ? 503 : 200);
    stage.server.resolve();
    await closed;
    expect(running.logger.ofTasks('error')).toHaveLength(nest.is12 ? 0 : 1);
  });
});

describe.each(platforms)('on $name, a resource of the root module closed in onApplicationShutdown', (platform) => {
  it('is gone before the task of a request that came after our waits', async () => {
    const providers = [provided(ClosedOnApplicationShutdown)];
    const imports = [doorkeeper, BackgroundTasksModule];
    const running = await startClosable(platform, stage, { imports, providers, controllers: [Requests] });
    const closed = running.close();
    await stage.until('the server is about to close');
    stage.handlers.resolve();
    expect((await request(running, '/late')).body).toBe('answered');
    await stage.until('a late task is running');
    stage.server.resolve();
    await stage.until('resource closed');
    stage.tasks.resolve();
    await closed;
    expect(users(stage)).toEqual([]);
    expect(running.logger.ofTasks('error')).toMatchObject([{ message: expect.stringMatching(/failed/) }]);
  });
});

describe('the recipe', () => {
  it.each(platforms)('updates the order before the client is disconnected, on $name', async (platform) => {
    const running = await startClosable(platform, stage, { imports: [AppModule] });
    expect((await request(running, '/orders/1/ship', { method: 'POST' })).status).toBe(201);
    await PrismaClient.timeline.until('order 1 is on its way');
    const closed = running.close();
    await stage.until('onModuleDestroy begins');
    PrismaClient.answer.resolve();
    await closed;
    expect(PrismaClient.timeline.events).toEqual(['order 1 is on its way', 'order 1 is updated', 'disconnected']);
  });

  it('is the code that docs/recipes/shutdown.md shows', async () => {
    const shown = await readFile(new URL('../../docs/recipes/shutdown.md', import.meta.url), 'utf8');
    const tested = await readFile(new URL('./recipe/app.module.ts', import.meta.url), 'utf8');
    const [, code = ''] = /```ts\n(@Injectable.*?)```/s.exec(shown) ?? [];
    expect(code).toContain('class AppModule');
    expect(tested).toContain(code);
  });
});
