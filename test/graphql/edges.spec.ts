import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Scope,
  UseInterceptors,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { ApolloDriver } from '@nestjs/apollo';
import { Args, Field, GraphQLModule, Int, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  currentTask,
  UseBackgroundTasks,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { type Observable, tap } from 'rxjs';
import type { Running } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { nest } from '../harness/nest.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { Timeline } from '../harness/timeline.js';
import { apollo, type GraphqlOptions, mercurius, send, servers, startGraphql } from './scene.js';

let timeline: Timeline;
let release: Deferred;

const note = (event: string): void => {
  const { outcome, aborted } = currentTask() ?? {};
  timeline.mark(`${event} after ${outcome}${aborted === true ? ', aborted' : ''}`);
};

@ObjectType()
class Item {
  @Field(() => Int)
  number!: number;
}

/** Adds a task outside and one inside of what the resolver does. */
@Injectable()
class Surrounds implements NestInterceptor {
  constructor(private readonly tasks: BackgroundTasks) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.tasks.addTask(note, 'before').with({ runOn: 'always' });
    return next.handle().pipe(tap({ error: () => this.tasks.addTask(note, 'behind').with({ runOn: 'always' }) }));
  }
}

@Resolver(() => Item)
class Items {
  @Query(() => [Item])
  items(@Args('data') data: string, tasks: BackgroundTasks): Item[] {
    tasks.addTask(note, data);
    return [{ number: 1 }, { number: 2 }];
  }

  @ResolveField(() => String, { nullable: true })
  async label(@Parent() { number }: Item, tasks: BackgroundTasks): Promise<string> {
    await Promise.resolve();
    tasks.addTask(note, `label ${number}`).with({ runOn: 'always' });
    if (number === 2) throw new Error('on purpose');
    return `#${number}`;
  }

  @Query(() => String)
  async slow(tasks: BackgroundTasks): Promise<string> {
    timeline.mark('waits');
    await release.promise;
    tasks.addTask(note, 'slow');
    return 'slow';
  }

  @Query(() => String, { nullable: true })
  @UseInterceptors(Surrounds)
  surrounded(): string {
    throw new Error('on purpose');
  }
}

@Resolver()
@UseBackgroundTasks()
class Unseen {
  constructor(private readonly tasks: BackgroundTasks) {}

  @Query(() => String, { nullable: true })
  @UseBackgroundTasks()
  unseen(): string {
    this.tasks.addTask(note, 'unseen').with({ runOn: 'always' });
    throw new Error('on purpose');
  }
}

/** Without `@Resolver()`, and provided under another name. */
@Injectable()
class Plain {
  @Query(() => String, { nullable: true })
  plain(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'plain').with({ runOn: 'always' });
    throw new Error('on purpose');
  }
}

@Resolver()
class Made {
  @Query(() => String, { nullable: true })
  made(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'made').with({ runOn: 'always' });
    throw new Error('on purpose');
  }
}

@Resolver()
class Given {
  @Query(() => String, { nullable: true })
  given(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'given').with({ runOn: 'always' });
    throw new Error('on purpose');
  }
}

@Resolver({ isAbstract: true })
class InheritedBase {
  constructor(protected readonly tasks: BackgroundTasks) {}

  @Query(() => String, { nullable: true })
  inherited(): string {
    this.tasks.addTask(note, 'inherited').with({ runOn: 'always' });
    throw new Error('on purpose');
  }
}

@Resolver()
class Inherited extends InheritedBase {}

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
});

const tasks = BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT });
const startItems = (server = apollo, options?: GraphqlOptions): Promise<Running> =>
  startGraphql(server, { providers: [Items, Unseen, Surrounds], options, tasks }, timeline);

async function tasksDone({ runner }: Running): Promise<string[]> {
  await runner.idle();
  return timeline.events.filter((event) => event.includes(' after '));
}

const whereScoped = nest.scopesResolvers ? it : it.skip;

describe.each(servers)('GraphQL: $name', (server) => {
  it('takes the status for the outcome of a field that is not followed', async () => {
    const running = await startItems(server);
    await send(running, '{ items(data: "x") { label } }');
    expect(await tasksDone(running)).toEqual(['x after success', 'label 1 after success', 'label 2 after success']);
    expect(timeline.events[0]).toBe('finish');
  });

  it('gives a task the outcome of its field where fieldResolverEnhancers says so', async () => {
    const running = await startItems(server, { fieldResolverEnhancers: ['interceptors'] });
    await send(running, '{ items(data: "x") { label } }');
    expect(await tasksDone(running)).toEqual(['x after success', 'label 1 after success', 'label 2 after failure']);
    expect(timeline.events[0]).toBe('finish');
  });

  it('goes on when the client hangs up, and says so', async () => {
    const running = await startItems(server);
    const connection = await Connection.open(running);
    const body = JSON.stringify({ query: '{ slow }' });
    const headers = ['Host: test', 'Content-Type: application/json', `Content-Length: ${body.length}`];
    connection.write(['POST /graphql HTTP/1.1', ...headers, '', body].join('\r\n'));
    await timeline.until('waits');
    connection.hangUp();
    await timeline.until('close');
    expect(timeline.count('slow after success, aborted')).toBe(0);
    release.resolve();
    await timeline.until('slow after success, aborted');
    expect(await tasksDone(running)).toEqual(['slow after success, aborted']);
  });

  it('knows the tasks of an interceptor inside, and a resolver bound twice', async () => {
    const running = await startItems(server);
    await send(running, '{ surrounded unseen }');
    expect((await tasksDone(running)).toSorted()).toEqual([
      'before after failure',
      'behind after failure',
      'unseen after failure',
    ]);
  });

  it('finds the request behind a context of the application’s own', async () => {
    const running = await startItems(server, { context: () => ({ user: 'somebody' }) });
    await send(running, '{ items(data: "x") { number } }');
    expect(await tasksDone(running)).toEqual(['x after success']);
    expect(timeline.events[0]).toBe('finish');
  });

  it('follows resolvers without @Resolver(), inherited ones, and those under another name', async () => {
    const providers = [
      Items,
      { provide: 'plain', useClass: Plain },
      Inherited,
      { provide: Made, useFactory: () => new Made() },
      { provide: 'given', useValue: new Given() },
      { provide: 'of another realm', useValue: runInNewContext('class Stranger {}; new Stranger()') as unknown },
    ];
    const running = await startGraphql(server, { providers, tasks: BackgroundTasksModule.forRoot() }, timeline);
    await send(running, '{ plain inherited made given }');
    expect((await tasksDone(running)).toSorted()).toEqual([
      'given after failure',
      'inherited after failure',
      'made after failure',
      'plain after failure',
    ]);
  });

  whereScoped('follows one under another name that is request-scoped (made by Nest since 11.2.8)', async () => {
    const providers = [Items, { provide: 'inherited', useClass: Inherited }];
    const running = await startGraphql(server, { providers, tasks: BackgroundTasksModule.forRoot() }, timeline);
    await send(running, '{ inherited }');
    expect(await tasksDone(running)).toEqual(['inherited after failure']);
  });

  it('keeps two applications apart that share their resolvers', async () => {
    const [first, second] = [await startItems(server), await startItems(server)];
    await send(first, '{ items(data: "x") { number } }');
    await tasksDone(first);
    expect([first.runner.stats().succeeded, second.runner.stats().succeeded]).toEqual([1, 0]);
  });
});

describe.each(servers)('GraphQL under test: $name', (server) => {
  it('has its tasks captured instead of run', async () => {
    const logger = new RecordingLogger();
    const module = await Test.createTestingModule({
      imports: [server.module(), tasks],
      providers: [Items, Unseen, Surrounds],
    })
      .overrideProvider(BackgroundTasksRunner)
      .useClass(CapturingRunner)
      .setLogger(logger)
      .compile();
    const app = module.createNestApplication(server.platform.adapter());
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    for (const operation of ['{ items(data: "x") { number } }', '{ unseen }']) await send({ port }, operation);
    const runner: CapturingRunner = app.get(BackgroundTasksRunner);
    await runner.idle();
    expect(runner.captured).toEqual([
      { name: 'note', args: ['x'], runOn: 'success' },
      { name: 'note', args: ['unseen'], runOn: 'always' },
    ]);
    expect(timeline.events).toEqual([]);
    expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { message: new Error('on purpose'), context: 'ExceptionsHandler' },
    ]);
    await app.close();
  });
});

describe('GraphQL within GraphQL', () => {
  it('gives a field that is not followed the tasks of its own request, whoever sent that', async () => {
    @Resolver()
    class Outer {
      @Query(() => String, { nullable: true })
      async outer(tasks: BackgroundTasks): Promise<string> {
        tasks.addTask(note, 'outer').with({ runOn: 'always' });
        const payload = { query: '{ items(data: "x") { label } }' };
        await (running.app as NestFastifyApplication).inject({ method: 'POST', url: '/graphql', payload });
        await timeline.until('label 2 after success');
        throw new Error('on purpose');
      }
    }
    const providers = [Items, Outer];
    const running = await startGraphql(mercurius, { providers, tasks: BackgroundTasksModule.forRoot() }, timeline);
    await send(running, '{ outer }');
    expect(await tasksDone(running)).toEqual([
      'x after success',
      'label 1 after success',
      'label 2 after success',
      'outer after failure',
    ]);
  });
});

describe('GraphQL without HTTP', () => {
  it('settles each resolver by itself', async () => {
    const running = await startItems();
    const { instance: server } = running.app.get<GraphQLModule<ApolloDriver>>(GraphQLModule).graphQlAdapter;
    const { body } = await server.executeOperation({ query: '{ items(data: "x") { number } unseen }' });
    expect(body).toMatchObject({ singleResult: { data: { unseen: null } } });
    expect((await tasksDone(running)).toSorted()).toEqual(['unseen after failure', 'x after success']);
  });
});
