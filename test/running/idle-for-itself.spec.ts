import type { AddressInfo, Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Scope } from '@nestjs/common';
import { Args, Query, Resolver } from '@nestjs/graphql';
import { MessagePattern, type MicroserviceOptions, Payload, Transport } from '@nestjs/microservices';
import { BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { firstValueFrom } from 'rxjs';
import { send, servers, startGraphql } from '../graphql/scene.js';
import { platforms, request, type Running, start } from '../harness/application.js';
import { Timeline } from '../harness/timeline.js';
import { connect } from '../messages/microservices/service.js';

let timeline: Timeline;

beforeEach(() => {
  timeline = new Timeline();
});

/** What idle() does where this is called. */
async function outcomeOf(idle: Promise<void>): Promise<string> {
  try {
    await idle;
    return 'idle';
  } catch (error) {
    return (error as Error).message;
  }
}

const refused = (where: string): RegExp =>
  new RegExp(`^Cannot wait until the background tasks are idle: idle\\(\\) was called in ${where}.* Call it outside`);

@Controller()
class Handlers {
  constructor(@Inject(BackgroundTasksRunner) private readonly runner: BackgroundTasksRunner) {}

  @Get('task')
  task(tasks: BackgroundTasks): string {
    tasks.addTask(async () => timeline.mark(await outcomeOf(this.runner.idle()))).with({ name: 'impatient' });
    return 'fine';
  }

  @Get('scope')
  scope(): Promise<string> {
    return this.runner.scope(async (tasks) => {
      tasks.addTask(() => undefined);
      return outcomeOf(this.runner.idle());
    });
  }

  @Get('handler')
  async handler(tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(() => undefined);
    return outcomeOf(this.runner.idle());
  }

  @Get('without')
  async without(): Promise<string> {
    return outcomeOf(this.runner.idle());
  }

  @Get('after')
  after(tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined);
    const later = async (): Promise<void> => {
      await timeline.until('answered');
      timeline.mark(await outcomeOf(this.runner.idle()));
    };
    void later();
    return 'fine';
  }

  @MessagePattern('message')
  async message(@Payload() _: string, tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(() => undefined);
    return outcomeOf(this.runner.idle());
  }
}

@Resolver()
class Queries {
  constructor(@Inject(BackgroundTasksRunner) private readonly runner: BackgroundTasksRunner) {}

  @Query(() => String)
  async resolver(@Args('data') _: string, tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(() => undefined);
    return outcomeOf(this.runner.idle());
  }
}

const extras = [
  { scope: 'Scope.REQUEST', options: {} },
  { scope: 'Scope.DEFAULT', options: { scope: Scope.DEFAULT as const } },
];

describe.each(platforms)('idle() on $name', (platform) => {
  const begin = (options: (typeof extras)[number]['options']): Promise<Running> =>
    start(platform, { imports: [BackgroundTasksModule.forRoot(options)], controllers: [Handlers] });

  it.each(extras)('rejects in a task, with $scope', async ({ options }) => {
    const running = await begin(options);
    await request(running, '/task');
    await running.runner.idle();
    expect(timeline.events).toEqual([expect.stringMatching(refused('the background task `impatient`'))]);
  });

  it.each(extras)('rejects in scope(), with $scope', async ({ options }) => {
    const running = await begin(options);
    expect((await request(running, '/scope')).body).toMatch(refused('scope\\(\\)'));
    await running.runner.idle();
  });

  it('rejects in a handler that has tasks, with Scope.DEFAULT', async () => {
    const running = await begin({ scope: Scope.DEFAULT });
    expect((await request(running, '/handler')).body).toMatch(refused('an HTTP handler that has background tasks'));
    await running.runner.idle();
  });

  it.each(extras)('waits for others in a handler without tasks, with $scope', async ({ options }) => {
    const running = await begin(options);
    expect((await request(running, '/without')).body).toBe('idle');
  });

  it.each(extras)('waits for them in what goes on after the response, with $scope', async ({ options }) => {
    const running = await begin(options);
    await request(running, '/after');
    await running.runner.idle();
    timeline.mark('answered');
    await timeline.until('idle');
    expect(timeline.events).toEqual(['answered', 'idle']);
  });

  it('waits for the tasks of another application in a task', async () => {
    const [one, other] = [await begin({}), await begin({})];
    await request(one, '/without');
    let outcome: Promise<string> | undefined;
    await one.runner.scope((tasks) => {
      tasks.addTask(() => (outcome = outcomeOf(other.runner.idle())));
    });
    await one.runner.idle();
    expect(await outcome).toBe('idle');
  });
});

describe('idle() in the handler of a message', () => {
  const closing: Array<() => Promise<void>> = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it.each(extras)('rejects, with $scope', async ({ options }) => {
    const [platform] = platforms;
    if (platform === undefined) throw new Error('There is no platform.');
    const running = await start(
      platform,
      { imports: [BackgroundTasksModule.forRoot(options)], controllers: [Handlers] },
      async (app) => {
        const service = app.connectMicroservice<MicroserviceOptions>({
          transport: Transport.TCP,
          options: { host: '127.0.0.1', port: 0 },
        });
        await app.startAllMicroservices();
        const client = connect((service.unwrap<Server>().address() as AddressInfo).port);
        closing.push(() => Promise.resolve(client.close()));
        timeline.mark(await firstValueFrom(client.send<string>('message', '')));
      },
    );
    expect(timeline.events).toEqual([expect.stringMatching(refused('.*the handler of a message'))]);
    await running.runner.idle();
  });
});

describe.each(servers)('idle() in a resolver, with $name,', (server) => {
  it.each(extras)('rejects, with $scope', async ({ options }) => {
    const tasks = BackgroundTasksModule.forRoot(options);
    const running = await startGraphql(server, { providers: [Queries], tasks }, timeline);
    const { data } = await send(running, '{ resolver(data: "") }');
    expect(data?.['resolver']).toMatch(refused('.*a resolver'));
    await running.runner.idle();
  });
});
