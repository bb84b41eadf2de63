import { describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  Scope,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { concat, NEVER, type Observable, of, take, timeout } from 'rxjs';
import type { Running } from '../harness/application.js';
import { Audit, note, timeline } from '../harness/audit.js';
import { send, servers, startGraphql } from './scene.js';

/** As an application may have it around everything: it waits for no more than one answer, and not long. */
@Injectable()
class OneAnswerSoon implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(take(1), timeout(50));
  }
}

@Injectable()
class AddsInGuard implements CanActivate {
  constructor(private readonly audit: Audit) {}

  canActivate(): boolean {
    this.audit.write('in a guard');
    return true;
  }
}

@Catch()
class AddsInFilter implements ExceptionFilter {
  constructor(private readonly audit: Audit) {}

  catch(error: unknown): unknown {
    this.audit.write('in a filter');
    return error;
  }
}

@Resolver()
class Changes {
  constructor(
    private readonly audit: Audit,
    private readonly tasks: BackgroundTasks,
    private readonly runner: BackgroundTasksRunner,
  ) {}

  @Mutation(() => String, { nullable: true })
  never(): Observable<string> {
    this.audit.write('never');
    return NEVER;
  }

  @Mutation(() => String, { nullable: true })
  endless(): Observable<string> {
    this.audit.write('endless');
    return concat(of('answer'), NEVER);
  }

  @Mutation(() => String, { nullable: true })
  async scoped(): Promise<string> {
    await this.runner.scope(async (ofScope) => {
      ofScope.addTask(note, 'of the scope');
      await Promise.resolve();
      this.audit.write('of the resolver');
    });
    throw new Error('on purpose');
  }

  @Mutation(() => String, { nullable: true })
  @UseGuards(AddsInGuard)
  @UseFilters(AddsInFilter)
  surrounded(): string {
    throw new Error('on purpose');
  }

  @Mutation(() => String, { nullable: true })
  setsOptions(): string {
    this.tasks.with({ runOn: 'always' }).addTask(note, 'with options');
    return 'answer';
  }

  @Mutation(() => String)
  async names(@Args('name', { nullable: true }) name?: string): Promise<string> {
    if (name !== undefined) this.tasks.with({ name });
    await Promise.resolve();
    return this.tasks.name;
  }

  @Mutation(() => String, { nullable: true })
  setsNone(): string {
    this.tasks.addTask(note, 'without options');
    throw new Error('on purpose');
  }

  // a schema has to have one
  @Query(() => String)
  query(): string {
    return 'answer';
  }
}

async function tasksDone({ runner }: Running): Promise<string[]> {
  await runner.idle();
  return timeline.events.filter((event) => event.includes(' after '));
}

const cells = servers.flatMap((server) => [
  { name: `${server.name}, Scope.REQUEST`, server, scope: Scope.REQUEST as const },
  { name: `${server.name}, Scope.DEFAULT`, server, scope: Scope.DEFAULT as const },
]);

describe.each(cells)('GraphQL: $name: a task', ({ server, scope }) => {
  const start = (...providers: Array<{ provide: string; useClass: Type }>): Promise<Running> => {
    const tasks = BackgroundTasksModule.forRoot({ scope });
    return startGraphql(server, { providers: [Audit, Changes, ...providers], tasks }, timeline);
  };

  it('of a resolver that an interceptor outside gives up has failed, unless that has its answer', async () => {
    const running = await start({ provide: APP_INTERCEPTOR, useClass: OneAnswerSoon });
    const { data } = await send(running, 'mutation { never endless }');
    expect(data).toEqual({ never: null, endless: 'answer' });
    expect(await tasksDone(running)).toEqual(['never after failure', 'endless after success']);
  });

  it('of a filter or a guard has the outcome that all resolvers share', async () => {
    const running = await start();
    await send(running, 'mutation { surrounded }');
    expect(await tasksDone(running)).toEqual(['in a guard after failure', 'in a filter after failure']);
  });

  it('belongs to its resolver within a scope, too', async () => {
    const running = await start();
    await send(running, 'mutation { scoped }');
    const expected = scope === Scope.DEFAULT ? 'of the resolver after success' : 'of the resolver after failure';
    expect((await tasksDone(running)).toSorted()).toEqual([expected, 'of the scope after success']);
  });

  it('is one of those that have the name which its resolver gave them', async () => {
    const running = await start();
    const { data } = await send(running, 'mutation { a: names(name: "mails") b: names c: names(name: "audits") }');
    expect(data).toEqual({ a: 'mails', b: 'BackgroundTasks', c: 'audits' });
  });

  it('has the options that its resolver has set, and none of another', async () => {
    const running = await start();
    await send(running, 'mutation { setsOptions setsNone }');
    expect(await tasksDone(running)).toEqual(['with options after success']);
    expect(running.runner.stats()).toMatchObject({ succeeded: 1, skipped: 1 });
  });
});
