import { describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  Param,
  type Provider,
  Res,
  Scope,
  SetMetadata,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { platforms, type Reply, request, start } from '../harness/application.js';
import { Enhancer } from '../harness/enhancer.js';

class MyTasks extends BackgroundTasks {}

describe.each(platforms)('on $name, an application does not start', (platform) => {
  const starting = async (metadata: ModuleMetadata): Promise<unknown> => start(platform, metadata);

  it('with BackgroundTasks among the providers', async () => {
    await expect(starting({ providers: [BackgroundTasks] })).rejects.toThrow(
      'Cannot provide BackgroundTasks in `RootTestModule`: BackgroundTasksModule provides them, in every module',
    );
  });

  it('with BackgroundTasks among the providers of some module, and with Scope.DEFAULT', async () => {
    @Module({ providers: [BackgroundTasks], exports: [BackgroundTasks] })
    class TasksModule {}
    const own = BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT });
    await expect(starting({ imports: [TasksModule, own] })).rejects.toThrow(
      'Cannot provide BackgroundTasks in `TasksModule`',
    );
  });

  it('with BackgroundTasks by another name, or another class by theirs', async () => {
    const message = 'Cannot provide BackgroundTasks in `RootTestModule`';
    await expect(starting({ providers: [{ provide: 'tasks', useClass: BackgroundTasks }] })).rejects.toThrow(message);
    await expect(starting({ providers: [{ provide: BackgroundTasks, useClass: MyTasks }] })).rejects.toThrow(message);
  });

  it.each([
    ['as a value', { useValue: new BackgroundTasks() }],
    ['from a factory', { useFactory: () => new BackgroundTasks() }],
  ])('with BackgroundTasks of its own %s, whatever their scope', async (_, made) => {
    @Module({ providers: [{ provide: BackgroundTasks, ...made }] as Provider[] })
    class FeatureModule {}
    const message = 'Cannot provide BackgroundTasks in `FeatureModule`';
    const singleton = BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT });
    await expect(starting({ imports: [FeatureModule] })).rejects.toThrow(message);
    await expect(starting({ imports: [FeatureModule, singleton] })).rejects.toThrow(message);
  });

  it('with a parameter that is a class of its own', async () => {
    @Controller()
    class SignUp {
      @Get(':id')
      signUp(@Param('id') _id: string, _tasks: MyTasks): void {}
    }
    await expect(starting({ controllers: [SignUp] })).rejects.toThrow(
      'Cannot inject BackgroundTasks into parameter 2 of `SignUp.signUp`: its type is `MyTasks`, a class of your own',
    );
  });
});

describe('without the module, an application does not start', () => {
  it('with BackgroundTasks among the providers: Nest says what to do', async () => {
    const compiling = Test.createTestingModule({ providers: [BackgroundTasks] }).compile();
    await expect(compiling).rejects.toThrow('import of BackgroundTasksModule in the root module');
    await expect(Test.createTestingModule({ providers: [BackgroundTasks] }).compile()).rejects.toThrow(
      '{ provide: BackgroundTasks, useValue: new BackgroundTasks() }',
    );
  });
});

@Injectable()
class Needy extends Enhancer {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {
    super();
  }
}

/** Each is static although what it depends on is not. */
const ways: Array<[string, (provide: string) => Provider[]]> = [
  ['useClass', (provide) => [{ provide, useClass: Needy }]],
  ['useExisting', (provide) => [Needy, { provide, useExisting: Needy }]],
  [
    'useExisting of a token',
    (provide) => [
      { provide: 'it', useClass: Needy },
      { provide, useExisting: 'it' },
    ],
  ],
  [
    'useFactory',
    (provide) => [{ provide, useFactory: (tasks: BackgroundTasks) => new Needy(tasks), inject: [BackgroundTasks] }],
  ],
  ['useFactory of a class', (provide) => [Needy, { provide, useFactory: (it: Needy) => it, inject: [Needy] }]],
];

describe.each([APP_GUARD, APP_PIPE, APP_INTERCEPTOR, APP_FILTER])('%s that gets BackgroundTasks', (token) => {
  it.each(ways)('by %s, and is said to be static, does not start: no NestJS would make it', async (_, providers) => {
    for (const platform of platforms)
      await expect(start(platform, { providers: providers(token) })).rejects.toThrow(token);
  });

  it('starts with Scope.REQUEST, or where BackgroundTasks have Scope.DEFAULT', async () => {
    @Controller()
    class Plain {
      @Get()
      get(): string {
        return 'fine';
      }
    }
    const factory = { useFactory: (tasks: BackgroundTasks) => new Needy(tasks), inject: [BackgroundTasks] };
    const scoped = [
      { provide: token, useClass: Needy, scope: Scope.REQUEST },
      { provide: token, ...factory, scope: Scope.REQUEST },
    ];
    const imports = [BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT })];
    for (const platform of platforms) {
      const both = [
        await start(platform, { controllers: [Plain], providers: scoped }),
        await start(platform, { controllers: [Plain], providers: [{ provide: token, useClass: Needy }], imports }),
      ];
      for (const running of both) expect((await request(running, '/')).body).toBe('fine');
    }
  });
});

describe.each(platforms)('on $name, an application starts', (platform) => {
  @Injectable({ scope: Scope.REQUEST })
  class ScopedTasks extends BackgroundTasks {
    welcome(): void {
      this.addTask(() => undefined);
    }
  }

  @Controller()
  class SignUp {
    constructor(private readonly tasks: ScopedTasks) {}

    @Get('attached')
    attached(@Res({ passthrough: true }) response: Reply): string {
      this.tasks.welcome();
      response.background = this.tasks;
      return 'fine';
    }

    @Get('default/:id')
    byDefault(@Param('id') _id: string, tasks: MyTasks = new MyTasks()): number {
      return tasks.size;
    }

    @SetMetadata('traced', true)
    traced(@Body() _body: object, _tasks: MyTasks, _more: BackgroundTasks): void {}
  }

  it('with the injected BackgroundTasks by another name, or from a factory by theirs', async () => {
    @Module({
      providers: [
        { provide: 'tasks', useExisting: BackgroundTasks },
        { provide: BackgroundTasks, useFactory: (tasks: BackgroundTasks) => tasks, inject: ['injected'] },
      ],
    })
    class FeatureModule {}
    const injected: Provider = { provide: 'injected', useExisting: BackgroundTasks };
    const shared = { module: class SharedModule {}, global: true, providers: [injected], exports: [injected] };
    for (const scope of [Scope.REQUEST, Scope.DEFAULT] as const) {
      const imports = [shared, FeatureModule, BackgroundTasksModule.forRoot({ scope })];
      await expect(start(platform, { imports })).resolves.toBeDefined();
    }
  });

  it('with a class of its own that somebody attaches, passes, or has as a default', async () => {
    const running = await start(platform, { controllers: [SignUp], providers: [ScopedTasks] });
    expect((await request(running, '/attached')).body).toBe('fine');
    expect((await request(running, '/default/1')).body).toBe('0');
    await running.runner.idle();
    expect(running.runner.stats().succeeded).toBe(1);
  });
});
