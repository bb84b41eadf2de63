import { afterEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Injectable, Scope, UseGuards } from '@nestjs/common';
import {
  Args,
  Field,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { type BackgroundTasksModuleExtras, BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Running } from '../harness/application.js';
import { Audit, note, timeline } from '../harness/audit.js';
import { nest } from '../harness/nest.js';
import { type GraphqlOptions, type GraphqlServer, type Result, servers, startGraphql } from './scene.js';

@Injectable()
class Adds implements CanActivate {
  constructor(private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    this.tasks.addTask(note, 'by a guard');
    return true;
  }
}

@ObjectType()
class Tick {
  @Field(() => Int)
  number!: number;
}

async function* threeTicks(): AsyncGenerator<{ ticks: Tick; resolved: Tick }> {
  for (const number of [1, 2, 3]) {
    await Promise.resolve();
    yield { ticks: { number }, resolved: { number } };
  }
}

@Resolver(() => Tick)
class Ticks {
  @Query(() => String)
  answers(@Args('data') data: string, tasks: BackgroundTasks): string {
    tasks.addTask(note, data);
    return data;
  }

  @Mutation(() => String, { nullable: true })
  fails(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'of a mutation').with({ runOn: 'always' });
    throw new Error('on purpose');
  }

  @Subscription(() => Tick)
  ticks(tasks: BackgroundTasks): AsyncGenerator {
    tasks.addTask(note, 'subscribed');
    return threeTicks();
  }

  @ResolveField(() => String, { nullable: true })
  async label(@Parent() { number }: Tick, tasks: BackgroundTasks): Promise<string> {
    await Promise.resolve();
    tasks.addTask(note, `label ${number}`).with({ runOn: 'always' });
    if (number === 2) throw new Error('on purpose');
    return `#${number}`;
  }
}

@Resolver()
class Guarded {
  @Query(() => String, { nullable: true })
  @UseGuards(Adds)
  guarded(): string {
    return 'never';
  }
}

@Resolver()
class ResolvedTicks {
  constructor(readonly audit: Audit) {}

  @Subscription(() => Int, {
    nullable: true,
    async resolve(this: ResolvedTicks, { resolved: { number } }: { resolved: Tick }) {
      await Promise.resolve();
      this.audit.write(`resolved ${number}`);
      if (number === 2) throw new Error('on purpose');
      return number;
    },
  })
  resolved(): AsyncGenerator {
    return threeTicks();
  }
}

const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

/** All results of one operation, sent through a WebSocket. */
async function resultsOf({ port }: Running, query: string): Promise<Result[]> {
  const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
  clients.push(client);
  const results: Result[] = [];
  for await (const result of client.iterate({ query })) results.push(result);
  return results;
}

const tasksDone = (): string[] => timeline.events.filter((event) => event.includes(' after '));

const whereScoped = nest.scopesResolvers ? it : it.skip;

describe.each(servers)('GraphQL subscriptions: $name', (server: GraphqlServer) => {
  function startTicks(scope: BackgroundTasksModuleExtras['scope'], options: GraphqlOptions = {}): Promise<Running> {
    const providers = scope === Scope.DEFAULT ? [Audit, Ticks, ResolvedTicks, Guarded] : [Ticks, Guarded];
    const parts = {
      providers,
      options: { hasSockets: true, ...options },
      tasks: BackgroundTasksModule.forRoot({ scope }),
    };
    return startGraphql(server, parts, timeline);
  }

  it.each([
    ['Scope.REQUEST', Scope.REQUEST as const],
    ['Scope.DEFAULT', Scope.DEFAULT as const],
  ])('%s: settles the resolver of each event by itself', async (_, scope) => {
    const running = await startTicks(scope, { fieldResolverEnhancers: ['interceptors'] });
    const results = await resultsOf(running, 'subscription { ticks { label } }');
    expect(results.map(({ data }) => data?.['ticks'])).toEqual([{ label: '#1' }, { label: null }, { label: '#3' }]);
    await running.runner.idle();
    expect(tasksDone()).toEqual([
      'subscribed after success',
      'label 1 after success',
      'label 2 after failure',
      'label 3 after success',
    ]);
  });

  it('settles the resolve function of each event by itself', async () => {
    const running = await startTicks(Scope.DEFAULT);
    const results = await resultsOf(running, 'subscription { resolved }');
    expect(results.map(({ data }) => data)).toEqual([{ resolved: 1 }, { resolved: null }, { resolved: 3 }]);
    await running.runner.idle();
    expect(tasksDone()).toEqual(['resolved 1 after success', 'resolved 2 after failure', 'resolved 3 after success']);
  });

  const expectTooEarly = async (scope: Scope.REQUEST | Scope.DEFAULT): Promise<void> => {
    const running = await startTicks(scope);
    const [first] = await resultsOf(running, '{ guarded }');
    expect(first?.errors?.[0]?.message).toMatch(/^Cannot add the background task/);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0 });
  };
  it('Scope.DEFAULT: tells a guard of what came through a WebSocket that it comes too early', () =>
    expectTooEarly(Scope.DEFAULT));
  whereScoped('Scope.REQUEST: tells it that, too (such a guard is made by Nest since 11.2.8)', () =>
    expectTooEarly(Scope.REQUEST),
  );

  it('says what to do where a field of an event is not followed', async () => {
    const running = await startTicks(Scope.REQUEST);
    const [first] = await resultsOf(running, 'subscription { ticks { label } }');
    expect(first?.errors?.[0]?.message).toMatch(/fieldResolverEnhancers: \['interceptors'\]/);
  });

  it.each([
    ['as it is', {}],
    ['with the request that became the WebSocket', { handsOutUpgrade: true }],
  ])('settles what came through a WebSocket by itself, its context %s', async (_, options) => {
    const running = await startTicks(Scope.REQUEST, options);
    expect(await resultsOf(running, '{ answers(data: "x") }')).toEqual([{ data: { answers: 'x' } }]);
    const [failed] = await resultsOf(running, 'mutation { fails }');
    expect(failed).toMatchObject({ data: { fails: null }, errors: [{ message: 'on purpose' }] });
    await running.runner.idle();
    expect(tasksDone()).toEqual(['x after success', 'of a mutation after failure']);
  });
});
