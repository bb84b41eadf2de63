import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Scope } from '@nestjs/common';
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
import { BackgroundTasks } from 'nestjs-background-tasks';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { turn } from '../harness/bare-server.js';
import { type Result, servers } from '../graphql/scene.js';
import {
  at,
  breaksAt,
  describeBroken,
  expectNothingLeft,
  Mailer,
  mails,
  startDurable,
  stored,
  storing,
} from './scene.js';

@ObjectType()
class Tick {
  @Field(() => Int)
  number!: number;
}

async function* ticks(): AsyncGenerator<{ ticks: Tick; resolved: Tick }> {
  for (const number of [1, 2]) {
    await Promise.resolve();
    yield { ticks: { number }, resolved: { number } };
  }
}

@Resolver(() => Tick)
class Ticks {
  constructor(
    readonly mailer: Mailer,
    readonly tasks: BackgroundTasks,
  ) {}

  @Query(() => String)
  nothing(): string {
    return 'fine';
  }

  @Mutation(() => String, { nullable: true })
  changes(@Args('data') data: string): string {
    this.mailer.add(this.tasks, data);
    return data;
  }

  @Subscription(() => Tick)
  ticks(): AsyncGenerator {
    return ticks();
  }

  @ResolveField(() => String, { nullable: true })
  label(@Parent() { number }: Tick): string {
    this.mailer.add(this.tasks, `${number}`);
    return `#${number}`;
  }

  @Subscription(() => String, {
    nullable: true,
    async resolve(this: Ticks, { resolved: { number } }: { resolved: Tick }) {
      await Promise.resolve();
      this.mailer.add(this.tasks, `${number}`);
      return `#${number}`;
    },
  })
  resolved(): AsyncGenerator {
    return ticks();
  }
}

const subscriptions = [
  [
    'the resolver of a field',
    'subscription { ticks { label } }',
    (data: Result['data']) => (data?.['ticks'] as { label: unknown } | undefined)?.label,
  ],
  ['its resolve function', 'subscription { resolved }', (data: Result['data']) => data?.['resolved']],
] as const;

describe.each(servers)('GraphQL through a WebSocket, with $name', (server) => {
  let running: Running;
  const clients: Client[] = [];

  beforeEach(async () => {
    const imports = [server.module({ hasSockets: true, fieldResolverEnhancers: ['interceptors'] })];
    running = await startDurable(server.platform, { imports, providers: [Ticks] }, undefined, { scope: Scope.DEFAULT });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.dispose();
  });

  /** All results of one operation; each is marked when it is there. */
  async function resultsOf(query: string): Promise<Result[]> {
    const url = `ws://127.0.0.1:${running.port}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    clients.push(client);
    const results: Result[] = [];
    for await (const result of client.iterate({ query })) {
      results.push(result);
      timeline.mark('result');
    }
    return results;
  }

  it.each(subscriptions)('sends the result of an event when what it has added is stored: %s', async (_, query, of) => {
    const hold = storing(1);
    const results = resultsOf(query);
    await timeline.until('storing 1');
    await timeline.until('result');
    await turn(2);
    expect(timeline.count('result')).toBe(1);
    hold.resolve();
    expect((await results).map(({ data }) => of(data))).toEqual(['#1', '#2']);
    for (const number of [1, 2]) await timeline.until(`mail ${number} after success`);
    expect(stored()).toEqual([['1'], ['2']]);
  });

  it('sends the result of an operation when what it has added is stored', async () => {
    const hold = storing();
    const results = resultsOf('mutation { changes(data: "a") }');
    await timeline.until('storing 0');
    await turn(2);
    expect(timeline.count('result')).toBe(0);
    hold.resolve();
    expect(await results).toEqual([{ data: { changes: 'a' } }]);
    await timeline.until('mail a after success');
  });

  describeBroken((breaks) => {
    it.each(subscriptions)('sends an error for the event, and nothing of that runs: %s', async (_what, query, of) => {
      breaksAt(1, breaks);
      const results = await resultsOf(query);
      expect(results.map(({ data }) => of(data))).toEqual(['#1', null]);
      expect(results.map(({ errors }) => errors?.length ?? 0)).toEqual([0, 1]);
      await running.runner.idle({ timeout: 20_000 });
      expect(mails().filter((mail) => mail.startsWith('2'))).toEqual([]);
      expect(stored().flat()).not.toContain('2');
    });

    it('sends an error for an operation, and nothing of it runs', async () => {
      breaks(at.engine);
      const [result] = await resultsOf('mutation { changes(data: "a") }');
      expect(result).toMatchObject({ data: { changes: null } });
      expect(result?.errors).toHaveLength(1);
      await expectNothingLeft(running);
    });
  });
});
