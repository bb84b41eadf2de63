import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Injectable, Scope, UseGuards } from '@nestjs/common';
import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  Tasks,
} from 'nestjs-background-tasks';
import type { Reply, Running } from '../harness/application.js';
import { Audit, note, timeline } from '../harness/audit.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { type GraphqlServer, send, servers, startGraphql } from './scene.js';

let release: Deferred;

@Injectable()
class AddsAndDenies implements CanActivate {
  constructor(private readonly audit: Audit) {}

  canActivate(): boolean {
    this.audit.write('by a guard that denies');
    return false;
  }
}

@Resolver()
class Messages {
  constructor(private readonly audit: Audit) {}

  @Query(() => String)
  byType(@Args('data') data: string, tasks: BackgroundTasks): string {
    tasks.addTask(note, `first ${data}`);
    tasks.addTask(note, `second ${data}`);
    return data;
  }

  @Query(() => String)
  decorated(@Tasks() tasks: BackgroundTasks, @Args('data') data: string): string {
    tasks.addTask(note, data);
    return data;
  }

  @Query(() => String)
  async injected(@Args('data') data: string): Promise<string> {
    this.audit.write(`first ${data}`);
    await Promise.resolve();
    this.audit.write(`second ${data}`);
    return data;
  }

  @Query(() => String)
  attached(@Context() { req, reply }: { req: { res: Reply }; reply?: Reply }, @Args('data') data: string): string {
    (reply ?? req.res).background = new BackgroundTask(note, data);
    return data;
  }

  @Query(() => String, { nullable: true })
  @UseGuards(AddsAndDenies)
  denied(): string {
    return 'never';
  }

  @Mutation(() => String, { nullable: true })
  async changes(
    @Args('data') data: string,
    @Args('fails', { nullable: true }) fails: boolean,
    tasks: BackgroundTasks,
  ): Promise<string> {
    tasks.addTask(note, `${data} by parameter`).with({ runOn: 'always' });
    await Promise.resolve();
    this.audit.write(`${data} by injection`);
    if (fails) throw new Error('on purpose');
    return data;
  }

  @Query(() => String)
  async slow(@Args('data') data: string, tasks: BackgroundTasks): Promise<string> {
    timeline.mark(`${data} waits`);
    await release.promise;
    tasks.addTask(note, `${data} by parameter`);
    this.audit.write(`${data} by injection`);
    return data;
  }

  @Query(() => String)
  refuses(@Tasks() tasks: BackgroundTasks): string {
    tasks.addTask(note, 'of one that failed').with({ runOn: 'always' });
    throw new Error('on purpose');
  }
}

beforeEach(() => {
  release = deferred();
});

const scopes = [
  { name: 'Scope.REQUEST', scope: Scope.REQUEST as const },
  { name: 'Scope.DEFAULT', scope: Scope.DEFAULT as const },
];
const cells = servers.flatMap((server) =>
  scopes.map(({ name, scope }) => ({ name: `${server.name}, ${name}`, server, scope })),
);

async function startMessages(server: GraphqlServer, scope: BackgroundTasksModuleExtras['scope']): Promise<Running> {
  const tasks = BackgroundTasksModule.forRoot({ scope });
  return startGraphql(server, { providers: [Audit, Messages], tasks }, timeline);
}

describe.each(cells)('GraphQL: $name', ({ server, scope }) => {
  let running: Running;

  beforeEach(async () => {
    running = await startMessages(server, scope);
  });

  /** What happened to the responses and tasks once the runner is idle. */
  async function events(): Promise<string[]> {
    await running.runner.idle();
    return soFar();
  }

  const soFar = (): string[] => timeline.events.filter((event) => !event.endsWith('close'));

  it.each([
    ['byType', 'parameter by its type'],
    ['decorated', '@Tasks()'],
    ['injected', 'constructor'],
    ['attached', 'response'],
  ])('%s: runs the tasks of a %s once, after the response', async (field) => {
    expect(await send(running, `{ ${field}(data: "x") }`)).toEqual({ data: { [field]: 'x' } });
    const names = field === 'byType' || field === 'injected' ? ['first x', 'second x'] : ['x'];
    expect(await events()).toEqual(['finish', ...names.map((name) => `${name} after success`)]);
  });

  it('gives the resolvers of an operation one batch', async () => {
    await send(running, '{ byType(data: "a") injected(data: "b") decorated(data: "c") }');
    expect((await events()).toSorted()).toEqual([
      'c after success',
      'finish',
      ...['a', 'b'].map((name) => `first ${name} after success`),
      ...['a', 'b'].map((name) => `second ${name} after success`),
    ]);
    expect(running.runner.stats()).toMatchObject({ batches: 0, succeeded: 5 });
    expect(timeline.events[0]).toBe('finish');
  });

  it('gives the operations of one request one batch', async () => {
    const results = await send(running, ['{ byType(data: "a") }', '{ byType(data: "b") }']);
    expect(results).toEqual([{ data: { byType: 'a' } }, { data: { byType: 'b' } }]);
    expect((await events()).filter((event) => event === 'finish')).toHaveLength(1);
    expect(timeline.events[0]).toBe('finish');
    expect(running.runner.stats()).toMatchObject({ batches: 0, succeeded: 4 });
  });

  it('gives each task the outcome of the resolver that added it', async () => {
    const { data, errors } = await send(
      running,
      'mutation { a: changes(data: "a") b: changes(data: "b", fails: true) c: changes(data: "c") }',
    );
    expect([data, errors?.length]).toEqual([{ a: 'a', b: null, c: 'c' }, 1]);
    expect(await events()).toEqual([
      'finish',
      'a by parameter after success',
      'a by injection after success',
      'b by parameter after failure',
      'b by injection after failure',
      'c by parameter after success',
      'c by injection after success',
    ]);
  });

  it('waits for a resolver that is still at work when the response is over', async () => {
    const { data } = await send(running, '{ slow(data: "x") refuses }');
    expect(data).toBeNull();
    await timeline.until('finish');
    expect(soFar()).toEqual(['x waits', 'finish']);
    release.resolve();
    await timeline.until('x by injection after success');
    expect(await events()).toEqual([
      'x waits',
      'finish',
      'of one that failed after failure',
      'x by parameter after success',
      'x by injection after success',
    ]);
  });

  it('takes the status for the outcome where a guard denies the resolver: it is 200 in GraphQL', async () => {
    expect(await send(running, '{ denied }')).toMatchObject({ data: { denied: null } });
    expect(await events()).toEqual(['finish', 'by a guard that denies after success']);
  });

  it('keeps the batches of two requests apart', async () => {
    const both = [send(running, '{ slow(data: "a") }'), send(running, '{ slow(data: "b") }')];
    await timeline.until('a waits');
    await timeline.until('b waits');
    release.resolve();
    await Promise.all(both);
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ batches: 0, succeeded: 4 });
    expect(timeline.count('finish')).toBe(2);
  });

  it('drains a resolver at work, and its tasks', async () => {
    const answer = send(running, '{ slow(data: "x") }');
    await timeline.until('x waits');
    const closed = running.app.close();
    release.resolve();
    await Promise.all([answer, closed]);
    expect(timeline.of('x by')).toEqual([' parameter after success', ' injection after success']);
  });
});
