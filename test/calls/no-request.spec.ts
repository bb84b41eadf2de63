import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Module, Scope } from '@nestjs/common';
import {
  ContextIdFactory,
  type ContextIdStrategy,
  type ContextId,
  type HostComponentInfo,
  ModuleRef,
  NestFactory,
  REQUEST,
} from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { BackgroundTasks, BackgroundTasksModule, NoActiveRequestError, Tasks } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';

@Injectable()
class Newsletter {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {}

  queue(): void {
    this.tasks.addTask(function sendNewsletter() {});
  }
}

@Module({ imports: [BackgroundTasksModule], providers: [Newsletter] })
class JobsModule {}

describe('addTask without a request', () => {
  it('throws, and says what to do instead, in an application context', async () => {
    const context = await NestFactory.createApplicationContext(JobsModule, { logger: false, abortOnError: false });
    const newsletter = await context.resolve(Newsletter);
    expect(() => newsletter.queue()).toThrow(NoActiveRequestError);
    expect(() => newsletter.queue()).toThrow(
      'Cannot add the background task `sendNewsletter`: there is no HTTP request here. ' +
        'Outside a request nobody waits for a response: call the function itself, or add within `BackgroundTasksRunner.scope()`.',
    );
    expect(newsletter.tasks.size).toBe(0);
    expect([...newsletter.tasks]).toEqual([]);
    await context.close();
  });

  it('throws for whatever else was registered as the request', async () => {
    const module = await Test.createTestingModule({ imports: [JobsModule] }).compile();
    const contextId = ContextIdFactory.create();
    module.registerRequestByContextId({ job: 42 }, contextId);
    const newsletter = await module.get(ModuleRef).resolve(Newsletter, contextId, { strict: false });
    expect(() => newsletter.queue()).toThrow('what Nest injects as REQUEST here is no HTTP request but `{ job: 42 }`');
  });
});

/** As in Nest's documentation: one tree of durable providers for each tenant. */
class ByTenant implements ContextIdStrategy {
  readonly #tenants = new Map<string, ContextId>();

  attach(contextId: ContextId, { headers }: { headers: Record<string, string> }) {
    const tenant = headers['x-tenant'] ?? 'nobody';
    const subTree = this.#tenants.get(tenant) ?? ContextIdFactory.create();
    this.#tenants.set(tenant, subTree);
    return {
      resolve: ({ isTreeDurable }: HostComponentInfo) => (isTreeDurable ? subTree : contextId),
      payload: { tenant },
    };
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class TenantConnection {
  constructor(@Inject(REQUEST) readonly payload: { tenant: string }) {}
}

@Controller()
class DurableTree {
  constructor(private readonly connection: TenantConnection) {}

  @Get()
  work(@Tasks() tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined);
    return this.connection.payload.tenant;
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestScopedSender {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {}
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class KeepsTheTasks {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {}
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class KeepsTheTasksOfAnother {
  @Inject(RequestScopedSender) readonly sender!: RequestScopedSender;
}

describe.each(platforms)('a durable provider tree on $name', (platform) => {
  it('leaves the tasks of a handler parameter alone', async () => {
    ContextIdFactory.apply(new ByTenant());
    const running = await start(platform, { controllers: [DurableTree], providers: [TenantConnection] });
    expect((await request(running, '/')).body).toBe('nobody');
    await running.runner.idle();
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  it.each([
    ['itself', KeepsTheTasks, [KeepsTheTasks]],
    ['through another provider', KeepsTheTasksOfAnother, [KeepsTheTasksOfAnother, RequestScopedSender]],
  ])('does not start when a durable provider depends on BackgroundTasks %s', async (_, keeper, providers) => {
    await expect(start(platform, { providers })).rejects.toThrow(
      `Cannot inject BackgroundTasks into \`${keeper.name}\`: it is durable, so it would keep the tasks of the first`,
    );
  });
});
