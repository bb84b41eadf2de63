import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Injectable, Scope, UseGuards } from '@nestjs/common';
import { Mutation, ObjectType, Field, Query, ResolveField, Resolver } from '@nestjs/graphql';
import {
  BackgroundTasks,
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  BackgroundTasksModule,
} from 'nestjs-background-tasks';
import { Timeline } from '../harness/timeline.js';
import { send, servers, startGraphql } from '../graphql/scene.js';

type Settled = Extract<BackgroundTasksEvent, { type: 'settled' }>;

@ObjectType()
class User {
  @Field(() => String)
  id!: string;
}

@Injectable()
class AddsBefore implements CanActivate {
  constructor(private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    this.tasks.addTask(() => undefined);
    return false;
  }
}

@Resolver(() => User)
class Users {
  @Query(() => User)
  user(): User {
    return { id: '7' };
  }

  @Mutation(() => String, { name: 'signUp' })
  createUser(tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined);
    return 'fine';
  }

  @Mutation(() => String)
  async invite(tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(() => undefined);
    return Promise.resolve('fine');
  }

  @ResolveField(() => String)
  avatar(tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined);
    return 'picture';
  }

  @Mutation(() => String, { nullable: true })
  @UseGuards(AddsBefore)
  denied(): string {
    return 'never';
  }
}

let added: unknown[];
let settled: Settled[];

beforeEach(() => {
  [added, settled] = [[], []];
});

describe.each(servers)('what brought a task of a resolver, with $name', (server) => {
  async function run(operation: string): Promise<void> {
    const running = await startGraphql(
      server,
      {
        providers: [Users],
        tasks: BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT }),
        options: { fieldResolverEnhancers: ['interceptors'] },
      },
      new Timeline(),
    );
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => {
      if (event.type === 'added') added.push(event.source);
      if (event.type === 'settled') settled.push(event);
    });
    await send(running, operation);
    await running.runner.idle();
  }

  const source = (name: string, method: string) => ({ kind: 'graphql', name, handler: `Users.${method}` });

  it('is its field, as the schema calls it', async () => {
    await run('mutation { signUp }');
    expect([...added, settled[0]?.source]).toEqual(Array(2).fill(source('Mutation.signUp', 'createUser')));
  });

  it('is a field of a type', async () => {
    await run('{ user { avatar } }');
    expect([...added, settled[0]?.source]).toEqual(Array(2).fill(source('User.avatar', 'avatar')));
  });

  it('is the field of each, and of the response, that of the one that added first', async () => {
    await run('mutation { signUp invite }');
    const [signUp, invite] = [source('Mutation.signUp', 'createUser'), source('Mutation.invite', 'invite')];
    expect(added).toEqual([signUp, invite]);
    expect(settled.map((each) => each.source)).toEqual([signUp]);
  });

  it('is the route where no resolver was seen', async () => {
    await run('mutation { denied }');
    // Apollo's middleware is mounted, and is no route
    const name = server.platform.isFastify ? 'POST /graphql' : 'POST (no route)';
    expect(added).toEqual([{ kind: 'http', name }]);
  });

  it('came in before the last of its resolvers ended, and that before the response', async () => {
    await run('mutation { signUp invite }');
    const [{ status, startedAt = NaN, handlerEndedAt = NaN, endedAt = NaN } = {} as Settled] = settled;
    expect(status).toBe(200);
    expect(startedAt).toBeLessThan(handlerEndedAt);
    expect(handlerEndedAt).toBeLessThan(endedAt);
  });
});
