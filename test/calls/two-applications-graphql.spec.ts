import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, type Provider, Scope } from '@nestjs/common';
import { Int, Query, Resolver, Subscription } from '@nestjs/graphql';
import { BackgroundTasks, BackgroundTasksModule, type BackgroundTasksModuleOptions } from 'nestjs-background-tasks';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { request, type Running } from '../harness/application.js';
import { Audit, note } from '../harness/audit.js';
import { nest } from '../harness/nest.js';
import { Timeline } from '../harness/timeline.js';
import { send, servers, startGraphql } from '../graphql/scene.js';

@Resolver()
class Answers {
  @Query(() => String)
  async answer(tasks: BackgroundTasks): Promise<string> {
    await Promise.resolve();
    tasks.addTask(note, 'answer');
    return 'fine';
  }
}

@Injectable()
@Resolver()
class Ticks {
  constructor(readonly audit: Audit) {}

  @Subscription(() => Int, {
    async resolve(this: Ticks, { ticks }: { ticks: number }) {
      await Promise.resolve();
      this.audit.write(`tick ${ticks}`);
      return ticks;
    },
  })
  async *ticks(): AsyncGenerator<{ ticks: number }> {
    yield { ticks: await Promise.resolve(1) };
  }
}

/** Nest tells the application of a resolver by its instance since 11.2.8. */
const expectedWarnings = nest.scopesResolvers ? [] : ['Cannot tell which application calls `Answers`:'];

const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

/** Sends one operation through a WebSocket, to its end. */
async function sendBySocket({ port }: Running, query: string): Promise<void> {
  const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
  clients.push(client);
  for await (const { errors } of client.iterate({ query })) expect(errors).toBeUndefined();
}

describe.each(servers)('two applications with $name that share their resolvers', (server) => {
  const startOne = (providers: Provider[], defaults: BackgroundTasksModuleOptions['defaults'] = {}) => {
    const tasks = BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT, defaults });
    const timeline = new Timeline();
    return startGraphql(
      server,
      { providers: [Audit, Ticks, ...providers], tasks, options: { hasSockets: true } },
      timeline,
    );
  };

  async function countsOf(...applications: Running[]): Promise<unknown[]> {
    await Promise.all(applications.map(({ runner }) => runner.idle()));
    return applications.map(({ runner }) => [runner.stats().succeeded, runner.stats().skipped]);
  }

  it('run each their own tasks', async () => {
    const [first, second] = [await startOne([Answers]), await startOne([Answers], { runOn: 'failure' })];
    for (const running of [first, second, first]) {
      await send(running, '{ answer }');
      await sendBySocket(running, '{ answer }');
    }
    expect(await countsOf(first, second)).toEqual([
      [4, 0],
      [0, 2],
    ]);
  });

  it('run each their own tasks of the events of a subscription', async () => {
    const [first, second] = [await startOne([Answers]), await startOne([Answers])];
    for (const running of [first, second, first]) await sendBySocket(running, 'subscription { ticks }');
    expect(await countsOf(first, second)).toEqual([
      [2, 0],
      [1, 0],
    ]);
  });

  it('run each their own tasks, or are told that this cannot be, where the resolver is under another token', async () => {
    const under = { provide: 'answers', useClass: Answers };
    const [first, second] = [await startOne([under]), await startOne([under], { runOn: 'failure' })];
    for (const running of [first, second, first]) await send(running, '{ answer }');
    expect(await countsOf(first, second)).toEqual([
      [2, 0],
      [0, 1],
    ]);
    const warnings = second.logger.ofTasks('warn').map(({ message }) => String(message));
    expect(warnings.map((warning) => warning.slice(0, 46))).toEqual(expectedWarnings);
    expect(first.logger.ofTasks('warn')).toEqual([]);
    await first.close();
    const third = await startOne([under]);
    await second.close();
    const fourth = await startOne([{ provide: Answers, useClass: Answers }]);
    expect((await request(fourth, '/nothing')).status).toBe(404);
    expect(fourth.logger.ofTasks('warn')).toEqual([]);
    expect(third.logger.ofTasks('warn')).toHaveLength(warnings.length);
  });
});
