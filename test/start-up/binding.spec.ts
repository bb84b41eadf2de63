import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Catch,
  Controller,
  forwardRef,
  Get,
  HttpCode,
  Inject,
  Injectable,
  type ModuleMetadata,
  NotFoundException,
  type Provider,
  Query,
  Res,
  Scope,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  type BackgroundTasksModuleOptions,
  currentTask,
  Tasks,
  UseBackgroundTasks,
} from 'nestjs-background-tasks';
import { finalize, map, NEVER, type Observable, retry, toArray } from 'rxjs';
import {
  type Platform,
  platforms,
  type Prepare,
  type Reply,
  request,
  type Running,
  start,
} from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { nest, useMiddleware } from '../harness/nest.js';
import { Timeline } from '../harness/timeline.js';

/*
 * Whether a handler is followed shows in the outcome of a task that comes from elsewhere: one that
 * returns a 404 is a success if anybody saw it return, and a failure if there is only the status.
 */
const FOLLOWED = 'success';
const NOT_FOLLOWED = 'failure';

let timeline: Timeline;
let entered: Deferred;
let release: Deferred;

const noteOutcome = (): void => timeline.mark(`${currentTask()?.outcome}`);
const note = (event: string): void => timeline.mark(event);

beforeEach(() => {
  timeline = new Timeline();
  entered = deferred();
  release = deferred();
});

/** Adds a task to every request, from where no handler shows it. */
const addToAll: Prepare = (app) =>
  useMiddleware(app, (_: unknown, reply: Reply, next) => {
    reply.background = new BackgroundTask(noteOutcome).with({ runOn: 'always' });
    next();
  });

function startWith(
  platform: Platform,
  metadata: ModuleMetadata,
  options: BackgroundTasksModuleOptions & BackgroundTasksModuleExtras = {},
): Promise<Running> {
  const imports = [BackgroundTasksModule.forRoot({ bind: 'needed', ...options })];
  return start(platform, { ...metadata, imports }, addToAll);
}

/** What the task from elsewhere said of each request. */
async function outcomesOf(running: Running, ...paths: string[]): Promise<string[]> {
  for (const path of paths) {
    expect((await request(running, path)).status).toBe(404);
    await running.runner.idle();
  }
  return timeline.events;
}

@Injectable()
class Holds {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {}
}

/** Whatever Nest can bind to a handler, in one class that depends on tasks. */
@Catch(TypeError)
class Bound extends Holds {
  canActivate = (): boolean => true;
  transform = (value: unknown): unknown => value;
  intercept = (_: unknown, next: CallHandler) => next.handle();
  catch = (error: unknown): never => {
    throw error;
  };
}

@Injectable()
class NeedsNothing {
  canActivate = (): boolean => true;
}

const nothing = (): void => undefined;

interface Decorators {
  readonly onClass?: ClassDecorator;
  readonly onHandler?: MethodDecorator;
}

/** A new class each time: what is bound to a class stays there. */
function controllerWith({ onClass = nothing, onHandler = nothing }: Decorators): Type {
  @Controller()
  @onClass
  class Some {
    @Get('decorated')
    @HttpCode(404)
    @onHandler
    decorated(): string {
      return 'not here';
    }

    @Get('plain')
    @HttpCode(404)
    plain(): string {
      return 'not here';
    }
  }
  return Some;
}

const HOLDER = Symbol('holder');

function controllerThatInjects(token: unknown): Type {
  @Controller()
  class Injecting {
    constructor(@Inject(token as symbol) readonly holder: unknown) {}

    @Get('injecting')
    @HttpCode(404)
    injecting(): string {
      return 'not here';
    }
  }
  return Injecting;
}

function handlersWithParameters(): Type {
  abstract class Inherited {
    @Get('inherited')
    @HttpCode(404)
    inherited(value: BackgroundTasks): string {
      return `not here: ${typeof value}`;
    }

    @Get('inherited-plain')
    @HttpCode(404)
    inheritedPlain(): string {
      return 'not here';
    }
  }

  @Controller()
  class Parameters extends Inherited {
    @Get('by-type')
    @HttpCode(404)
    byType(value: BackgroundTasks): string {
      return `not here: ${typeof value}`;
    }

    @Get('by-decorator')
    @HttpCode(404)
    byDecorator(@Tasks() value: unknown): string {
      return `not here: ${typeof value}`;
    }

    @Get('response')
    @HttpCode(404)
    response(@Res({ passthrough: true }) value: Reply): string {
      return `not here: ${typeof value}`;
    }

    @Get('piped')
    @HttpCode(404)
    piped(@Query('name', Bound) value: string): string {
      return `not here: ${typeof value}`;
    }

    @Get('plain')
    @HttpCode(404)
    plain(@Query('name') value: string): string {
      return `not here: ${typeof value}`;
    }
  }
  return Parameters;
}

const enhancers: Array<[string, ClassDecorator & MethodDecorator]> = [
  ['a guard that depends on tasks', UseGuards(Bound)],
  ['a pipe that depends on tasks', UsePipes(Bound)],
  ['an interceptor that depends on tasks', UseInterceptors(Bound)],
  ['a filter that depends on tasks', UseFilters(Bound)],
  ['@UseBackgroundTasks()', UseBackgroundTasks()],
];

@Injectable()
class Third {
  constructor(@Inject(Holds) readonly holder: Holds) {}
}

@Injectable()
class Second {
  constructor(@Inject(Third) readonly third: Third) {}
}

@Injectable()
class First {
  constructor(@Inject(Second) readonly second: Second) {}
}

@Injectable()
class Refers {
  constructor(@Inject(forwardRef(() => Holds)) readonly holder: Holds) {}
}

@Injectable()
class HoldsInProperty {
  @Inject(BackgroundTasks) readonly tasks!: BackgroundTasks;
}

@Injectable()
class Inherits extends Holds {}

/** Nest takes it, but its types do not. */
const later = forwardRef(() => Holds) as unknown as Type;

const holders: Array<[string, Provider[]]> = [
  ['the constructor of a service', [{ provide: HOLDER, useClass: Holds }]],
  ['the constructor of its base class', [{ provide: HOLDER, useClass: Inherits }]],
  ['a deep chain of services', [{ provide: HOLDER, useClass: First }, Second, Third, Holds]],
  ['forwardRef()', [{ provide: HOLDER, useClass: Refers }, Holds]],
  ['a property', [{ provide: HOLDER, useClass: HoldsInProperty }]],
  ['an alias', [{ provide: HOLDER, useExisting: Holds }, Holds]],
  ['what a factory injects', [{ provide: HOLDER, useFactory: () => 'made', inject: [Holds] }, Holds]],
  ['what a factory injects by forwardRef()', [{ provide: HOLDER, useFactory: () => 'made', inject: [later] }, Holds]],
  [
    'what a factory injects if it is there',
    [{ provide: HOLDER, useFactory: () => 'made', inject: [{ token: Holds, optional: true }] }, Holds],
  ],
  [
    'what a factory injects by forwardRef() if it is there',
    [{ provide: HOLDER, useFactory: () => 'made', inject: [{ token: later, optional: true }] }, Holds],
  ],
];

const kinds = [
  ['guard', APP_GUARD],
  ['pipe', APP_PIPE],
  ['interceptor', APP_INTERCEPTOR],
  ['filter', APP_FILTER],
] as const;

const globals: Array<[string, Scope.REQUEST | Scope.DEFAULT, Provider[]]> = [
  ...kinds.flatMap(([kind, provide]) =>
    ([Scope.REQUEST, Scope.DEFAULT] as const).map((scope): (typeof globals)[number] => [
      `${kind} in Scope.${Scope[scope]}`,
      scope,
      [{ provide, useClass: Bound, scope }],
    ]),
  ),
  ['guard that is an alias', Scope.DEFAULT, [{ provide: APP_GUARD, useExisting: Bound }, Bound]],
  [
    'guard from a factory',
    Scope.DEFAULT,
    [{ provide: APP_GUARD, useFactory: () => new NeedsNothing(), inject: [Holds] }, Holds],
  ],
];

describe.each(platforms)('on $name, a handler is followed', (platform) => {
  it('when tasks can come by a parameter, and its neighbours are not', async () => {
    const running = await startWith(platform, {
      controllers: [handlersWithParameters(), controllerThatInjects('nothing')],
      providers: [{ provide: 'nothing', useClass: NeedsNothing }],
    });
    const followed = ['/by-type', '/by-decorator', '/response', '/piped', '/inherited'];
    expect(await outcomesOf(running, ...followed)).toEqual(followed.map(() => FOLLOWED));
    timeline.events.length = 0;
    const others = ['/plain', '/inherited-plain', '/injecting'];
    expect(await outcomesOf(running, ...others)).toEqual(others.map(() => NOT_FOLLOWED));
  });

  it.each(enhancers)('when it is under %s, and its neighbours are not', async (_, onHandler) => {
    const running = await startWith(platform, { controllers: [controllerWith({ onHandler })] });
    expect(await outcomesOf(running, '/decorated', '/plain')).toEqual([FOLLOWED, NOT_FOLLOWED]);
  });

  it.each(enhancers)('when its controller is under %s', async (_, onClass) => {
    const running = await startWith(platform, { controllers: [controllerWith({ onClass })] });
    expect(await outcomesOf(running, '/decorated', '/plain')).toEqual([FOLLOWED, FOLLOWED]);
  });

  it.each(holders)('when its controller depends on tasks through %s, and others are not', async (_, providers) => {
    const controllers = [controllerThatInjects(HOLDER), controllerWith({})];
    const running = await startWith(platform, { controllers, providers });
    expect(await outcomesOf(running, '/injecting', '/plain')).toEqual([FOLLOWED, NOT_FOLLOWED]);
  });

  it.each(globals)('wherever it is when tasks can come from a global %s', async (_, scope, providers) => {
    const running = await startWith(platform, { controllers: [controllerWith({})], providers }, { scope });
    expect(await outcomesOf(running, '/plain')).toEqual([FOLLOWED]);
  });

  it('in each controller that inherits it, and its neighbours only where they need it', async () => {
    abstract class Family {
      @Get('parameter')
      @HttpCode(404)
      parameter(@Tasks() value: unknown): string {
        return `not here: ${typeof value}`;
      }

      @Get('plain')
      @HttpCode(404)
      plain(): string {
        return 'not here';
      }
    }

    @Controller('one')
    class One extends Family {}

    @Controller('other')
    class Other extends Family {
      constructor(@Inject(BackgroundTasks) readonly own: BackgroundTasks) {
        super();
      }
    }

    const running = await startWith(platform, { controllers: [One, Other] });
    const paths = ['/one/parameter', '/other/parameter', '/other/plain', '/one/plain'];
    expect(await outcomesOf(running, ...paths)).toEqual([FOLLOWED, FOLLOWED, FOLLOWED, NOT_FOLLOWED]);
  });

  it('only where needed when a global guard does not depend on tasks', async () => {
    const providers = [{ provide: APP_GUARD, useClass: NeedsNothing }];
    const running = await startWith(platform, { controllers: [controllerWith({})], providers });
    expect(await outcomesOf(running, '/plain')).toEqual([NOT_FOLLOWED]);
  });

  it("everywhere with `bind: 'everywhere'`", async () => {
    const running = await startWith(platform, { controllers: [controllerWith({})] }, { bind: 'everywhere' });
    expect(await outcomesOf(running, '/plain')).toEqual([FOLLOWED]);
  });
});

/** Turns success into an error, when the handler has completed. */
const refuses = {
  intercept: (_: unknown, next: CallHandler) =>
    next.handle().pipe(
      toArray(),
      map(() => {
        throw new NotFoundException();
      }),
    ),
};

/** Fails at first. */
function failingOnce(decorators: Decorators = {}): Type {
  let calls = 0;
  @Controller()
  @(decorators.onClass ?? nothing)
  class FailingOnce {
    @Get()
    @HttpCode(404)
    @(decorators.onHandler ?? nothing)
    get(@Tasks() tasks: BackgroundTasks): string {
      if (++calls === 1) throw new Error('on purpose');
      tasks.addTask(noteOutcome);
      return 'not here';
    }
  }
  return FailingOnce;
}

const retries = { intercept: (_: unknown, next: CallHandler) => next.handle().pipe(retry(1)) };

describe.each(platforms)('on $name, what follows a handler', (platform) => {
  it.each<[string, Decorators]>([
    ['its controller', { onClass: UseInterceptors(refuses), onHandler: UseBackgroundTasks() }],
    ['the handler', { onHandler: UseInterceptors(refuses, Bound) }],
    [
      'the handler, above @UseBackgroundTasks()',
      { onHandler: (...args) => (UseBackgroundTasks()(...args), UseInterceptors(refuses)(...args)) },
    ],
    [
      'the handler, below @UseBackgroundTasks()',
      { onHandler: (...args) => (UseInterceptors(refuses)(...args), UseBackgroundTasks()(...args)) },
    ],
  ])('stands outside the interceptors of %s', async (_, decorators) => {
    const running = await startWith(platform, { controllers: [controllerWith(decorators)] });
    expect(await outcomesOf(running, '/decorated')).toEqual(['failure']);
  });

  it.each(['needed', 'everywhere'] as const)('stands inside the global interceptors, with `bind: %j`', async (bind) => {
    const providers = [{ provide: APP_INTERCEPTOR, useValue: refuses }];
    const controllers = [controllerWith({ onHandler: UseBackgroundTasks() })];
    const running = await startWith(platform, { controllers, providers }, { bind });
    expect(await outcomesOf(running, '/decorated')).toEqual(['success']);
  });

  it('is there once, on a class and its method, outside of what stands between them', async () => {
    const onClass: ClassDecorator = (target) => {
      UseBackgroundTasks()(target);
      UseInterceptors(refuses)(target);
    };
    const decorators = { onClass, onHandler: UseBackgroundTasks() };
    const running = await startWith(platform, { controllers: [controllerWith(decorators)] });
    expect(await outcomesOf(running, '/decorated')).toEqual(['failure']);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, succeeded: 1 });
  });

  it.each<[string, Decorators]>([
    ['once', {}],
    ['twice', { onClass: UseBackgroundTasks(), onHandler: UseBackgroundTasks() }],
  ])('is bound %s: sees the last attempt when a global interceptor tries again', async (_, decorators) => {
    const providers = [{ provide: APP_INTERCEPTOR, useValue: retries }];
    const running = await startWith(platform, { controllers: [failingOnce(decorators)], providers });
    expect(await outcomesOf(running, '/')).toEqual(['success', 'success']);
  });
});

@Controller()
class Waiting {
  @Get('followed')
  @UseBackgroundTasks()
  followed(): Promise<void> {
    return this.plain();
  }

  @Get('plain')
  async plain(): Promise<void> {
    entered.resolve();
    await release.promise;
    note('the handler ends');
  }

  @Get('torn')
  @UseBackgroundTasks()
  torn(): Observable<never> {
    entered.resolve();
    return NEVER.pipe(
      finalize(() => {
        note('the handler ends');
        throw new Error('on purpose');
      }),
    );
  }
}

/** Adds one task at once, and another when the handler has ended. */
const addTwice: Prepare = (app) =>
  useMiddleware(app, (_: unknown, reply: Reply, next) => {
    reply.background = new BackgroundTask(() => note(`first, ${noteOf()}`));
    void timeline.until('the handler ends').then(() => {
      reply.background = new BackgroundTask(() => note(`second, ${noteOf()}`));
      note('added');
    });
    next();
  });

/** Before Nest 11.2 a handler goes on, whether or not its client is there. */
const whereTornDown = nest.tearsDown ? it : it.skip;

const noteOf = (): string => (currentTask()?.aborted ? 'aborted' : 'complete');

describe.each(platforms)('on $name, when the client hangs up, a task from middleware', (platform) => {
  async function hangUpOn(path: string): Promise<Running> {
    const imports = [BackgroundTasksModule.forRoot({ bind: 'needed', defaults: { runOn: 'always' } })];
    const running = await start(platform, { controllers: [Waiting], imports }, addTwice, timeline);
    const connection = await Connection.open(running);
    connection.send(path);
    await entered.promise;
    connection.hangUp();
    await timeline.until('close');
    return running;
  }

  const eventsOfTasks = (): string[] => timeline.events.filter((event) => !event.includes('close'));

  it('does not wait for a handler that nobody follows, and one added later is not lost', async () => {
    const running = await hangUpOn('/plain');
    await timeline.until('first, aborted');
    release.resolve();
    await timeline.until('added');
    await running.runner.idle();
    expect(eventsOfTasks()).toEqual(['first, aborted', 'the handler ends', 'added', 'second, aborted']);
  });

  it('waits for a handler that is followed', async () => {
    const running = await hangUpOn('/followed');
    release.resolve();
    await timeline.until('added');
    await running.runner.idle();
    expect(eventsOfTasks()).toEqual(['the handler ends', 'added', 'first, aborted', 'second, aborted']);
  });

  whereTornDown('runs although its teardown has failed (torn down since Nest 11.2)', async () => {
    const running = await hangUpOn('/torn');
    await timeline.until('added');
    await running.runner.idle();
    expect(timeline.count('the handler ends')).toBe(1);
    expect(timeline.of('first')).toEqual([', aborted']);
    expect(timeline.of('second')).toEqual([', aborted']);
  });
});

function shared(): Type {
  @Controller()
  class Shared {
    @Get('parameter')
    parameter(tasks: BackgroundTasks): string {
      tasks.addTask(note, 'by parameter');
      return 'fine';
    }

    @Get('plain')
    @UseBackgroundTasks()
    plain(): string {
      return 'fine';
    }
  }
  return Shared;
}

async function startWithout(platform: Platform, controller: Type) {
  const testing = await Test.createTestingModule({ controllers: [controller] })
    .setLogger(false as never)
    .compile();
  const app = testing.createNestApplication(platform.adapter());
  await app.listen(0, '127.0.0.1');
  return { app, port: ((app.getHttpServer() as Server).address() as AddressInfo).port };
}

describe.each(platforms)('on $name, applications that share a controller', (platform) => {
  it('run their own tasks, and none those of another', async () => {
    const controller = shared();
    const controllers = [controller];
    const [without, one, other] = await Promise.all([
      startWithout(platform, controller),
      startWith(platform, { controllers }),
      startWith(platform, { controllers }, { bind: 'everywhere', defaults: { runOn: 'failure' } }),
    ]);
    const ask = (running: { port: number }, path: string, times: number) =>
      Promise.all(Array.from({ length: times }, async () => (await request(running, path)).status));
    const answers = await Promise.all([
      ask(one, '/parameter', 3),
      ask(other, '/parameter', 5),
      ask(without, '/parameter', 1),
      ask(without, '/plain', 1),
      ask(one, '/plain', 7),
    ]);
    expect(answers.flat().filter((status) => status !== 200)).toEqual([500]);
    await Promise.all([one.runner.idle(), other.runner.idle()]);
    expect(one.runner.stats()).toMatchObject({ pending: 0, succeeded: 3 + 3 + 7, skipped: 0 });
    expect(other.runner.stats()).toMatchObject({ pending: 0, succeeded: 5, skipped: 5 });
    await without.app.close();
  });
});
