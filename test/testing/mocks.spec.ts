import { once } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { type OverrideBy, Test, type TestingModuleBuilder } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import { EMPTY } from 'rxjs';
import { type Platform, platforms, request } from '../harness/application.js';
import { Timeline } from '../harness/timeline.js';

const timeline = new Timeline();

@Controller()
class SignUp {
  @Get()
  signUp(tasks: BackgroundTasks): string {
    tasks.addTask(() => timeline.mark('ran'));
    return 'fine';
  }
}

let app: INestApplication | undefined;

afterEach(async () => {
  await app?.close();
  timeline.clear();
});

/** Starts an application in which `token` is provided by `mock`, and answers its port. */
async function startWith(platform: Platform, token: unknown, mock: object): Promise<number> {
  const testing = await Test.createTestingModule({ imports: [BackgroundTasksModule], controllers: [SignUp] })
    .overrideProvider(token)
    .useValue(mock)
    .compile();
  app = testing.createNestApplication(platform.adapter(), { logger: false });
  const server = (await app.listen(0, '127.0.0.1')) as import('node:http').Server;
  if (!server.listening) await once(server, 'listening');
  return (server.address() as import('node:net').AddressInfo).port;
}

describe.each(platforms)('a mock of BackgroundTasks on $name', (platform) => {
  it('by a value is what parameters get, too: nothing runs', async () => {
    const tasks = new BackgroundTasks();
    const port = await startWith(platform, BackgroundTasks, tasks);
    expect((await request({ port }, '/')).body).toBe('fine');
    await app?.get(BackgroundTasksRunner).idle();
    expect(tasks.size).toBe(1);
    expect(app?.get(BackgroundTasksRunner).stats()).toMatchObject({ pending: 0, succeeded: 0 });
    await app?.close();
    expect(timeline.events).toEqual([]);
  });

  it.each<[string, (override: OverrideBy) => TestingModuleBuilder]>([
    ['a class', (override) => override.useClass(class extends BackgroundTasks {})],
    ['a factory', (override) => override.useFactory({ factory: () => new BackgroundTasks() })],
  ])('by %s does not start beside parameters, and starts without', async (_, as) => {
    const builder = (controllers: [] | [typeof SignUp]) =>
      as(Test.createTestingModule({ imports: [BackgroundTasksModule], controllers }).overrideProvider(BackgroundTasks));
    await expect(builder([SignUp]).compile()).rejects.toThrow(
      /^Cannot override BackgroundTasks by a class or a factory: .*useValue.*CapturingRunner/,
    );
    app = (await builder([]).compile()).createNestApplication(platform.adapter(), { logger: false });
    await app.init();
    expect(app.get(BackgroundTasksRunner)).toBeInstanceOf(BackgroundTasksRunner);
  });
});

describe.each(platforms)('a mock on $name', (platform) => {
  it('of the runner changes nothing but what it stands in for: tasks run', async () => {
    const idle = jest.fn(() => Promise.resolve());
    const port = await startWith(platform, BackgroundTasksRunner, { idle });
    expect((await request({ port }, '/')).body).toBe('fine');
    await timeline.until('ran');
    await app?.get(BackgroundTasksRunner).idle();
    expect(idle).toHaveBeenCalledTimes(1);
    await app?.close();
    expect(timeline.events).toEqual(['ran']);
  });

  it('of the events is told nothing, and tasks run', async () => {
    const port = await startWith(platform, BackgroundTasksEvents, { events$: EMPTY });
    expect((await request({ port }, '/')).body).toBe('fine');
    await timeline.until('ran');
    await app?.close();
    expect(timeline.events).toEqual(['ran']);
  });
});
