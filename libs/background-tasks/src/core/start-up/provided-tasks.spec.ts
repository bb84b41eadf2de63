import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type DynamicModule, Get, Injectable, type Provider, Scope } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { Application } from '../calls/application.js';
import { currentTasks } from '../calls/current-tasks.js';
import { injectedTasks } from '../handlers/injected-tasks.js';
import { Tasks } from '../handlers/tasks.decorator.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { NEED_OF_MODULE, refuseMadeTasks, settleProvidedTasks } from './provided-tasks.js';

@Controller()
class Taking {
  @Get()
  take(@Tasks() _tasks: BackgroundTasks): void {}
}

@Injectable()
class Heir extends BackgroundTasks {}

class Watching extends BackgroundTasks {
  override addTask(): never {
    throw new Error('watched');
  }
}

/** A global module that provides `providers`, and what it has as BackgroundTasks by another name, too. */
const owning = (providers: Provider[]): DynamicModule => {
  const all: Provider[] = [...providers, { provide: 'own', useExisting: BackgroundTasks }];
  return { module: class Owning {}, global: true, providers: all, exports: [BackgroundTasks, 'own'] };
};

let application: Application;

beforeEach(() => {
  application = new Application();
});

/** What a class of BackgroundTasks without a constructor of its own asks for. */
const need = { provide: NEED_OF_MODULE, useValue: [] };
/** As the module provides them. */
const own = [{ provide: BackgroundTasks, useFactory: currentTasks, inject: [Application] }, Application, need];

describe('BackgroundTasks that nobody runs', () => {
  it('are made by no Nest, which says what to do instead', async () => {
    const made = modulesOf({ providers: [BackgroundTasks] });
    await expect(made).rejects.toThrow("Nest can't resolve dependencies of the BackgroundTasks (?)");
    await expect(modulesOf({ providers: [BackgroundTasks] })).rejects.toThrow(NEED_OF_MODULE);
  });

  /** Beside those of the module: a feature module that provides something of its own. */
  const settleBeside = async (provider: object): Promise<void> => {
    const imports = [{ module: class Feature {}, providers: [provider as never, need] }];
    settleProvidedTasks(await modulesOf({ imports, providers: own }), application);
  };

  it.each<[string, object]>([
    ['as themselves', BackgroundTasks],
    ['by another name', { provide: 'tasks', useClass: BackgroundTasks }],
    ['as a class of their own', { provide: BackgroundTasks, useClass: Heir }],
  ])('are refused beside those of the module: %s', async (_, provider) => {
    await expect(settleBeside(provider)).rejects.toThrow(
      new Error(
        'Cannot provide BackgroundTasks in `Feature`: BackgroundTasksModule provides them, in every module, and nobody ' +
          'would run those. Take BackgroundTasks out of the providers of `Feature`.',
      ),
    );
  });

  it.each<[string, object]>([
    ['a class of its own, by its own name', Heir],
    ['a class that takes tasks in otherwise', { provide: BackgroundTasks, useClass: Watching }],
    ['a value, before Nest has made everything', { provide: BackgroundTasks, useValue: new BackgroundTasks() }],
  ])('are not %s', async (_, provider) => {
    await settleBeside(provider);
    expect(application.tasksForParameters).toBeUndefined();
  });

  const refuseBeside = async (provider: object, beside: Provider[] = own): Promise<void> => {
    const imports = [{ module: class Feature {}, providers: [provider as never, need] }];
    refuseMadeTasks(await modulesOf({ imports: [...imports, owning(beside)] }));
  };

  it.each<[string, object]>([
    ['a value', { provide: BackgroundTasks, useValue: new BackgroundTasks() }],
    ['a value of a class of its own', { provide: BackgroundTasks, useValue: new Heir([]) }],
    ['what a factory makes', { provide: BackgroundTasks, useFactory: () => new BackgroundTasks() }],
    ['what an async one makes', { provide: BackgroundTasks, useFactory: () => Promise.resolve(new BackgroundTasks()) }],
  ])('are refused as %s, once it has been made', async (_, provider) => {
    await expect(refuseBeside(provider)).rejects.toThrow('Cannot provide BackgroundTasks in `Feature`: ');
  });

  it.each<[string, object]>([
    ['a mock', { provide: BackgroundTasks, useValue: { addTask: () => undefined } }],
    ['tasks with an `addTask` of their own', { provide: BackgroundTasks, useValue: new Watching([]) }],
    ['a value by another name', { provide: 'tasks', useValue: new BackgroundTasks() }],
    ['an alias of what is injected', { provide: 'tasks', useExisting: BackgroundTasks }],
    ['the same under its own name', { provide: BackgroundTasks, useFactory: (same: unknown) => same, inject: ['own'] }],
    [
      'what is made for each request',
      { provide: BackgroundTasks, useFactory: () => new BackgroundTasks(), scope: Scope.REQUEST },
    ],
  ])('are not refused as %s', async (_, provider) => {
    await expect(refuseBeside(provider)).resolves.toBeUndefined();
  });

  it('are not refused where a test has put a value in the place of all', async () => {
    const provider = { provide: BackgroundTasks, useValue: new BackgroundTasks() };
    await expect(refuseBeside(provider, [provider])).resolves.toBeUndefined();
  });

  it('are not those of the module, whatever their scope', async () => {
    const scoped = { provide: BackgroundTasks, useFactory: injectedTasks, inject: [Application, Application] };
    settleProvidedTasks(await modulesOf({ controllers: [Taking], providers: [scoped, Application] }), application);
    settleProvidedTasks(await modulesOf({ controllers: [Taking], providers: own }), application);
    expect(application.tasksForParameters).toBeUndefined();
  });
});

describe('BackgroundTasks that a test has overridden', () => {
  const overridden = async (controllers: [] | [typeof Taking], how: 'useValue' | 'useClass', what: unknown) => {
    const builder = Test.createTestingModule({ controllers, providers: own });
    const testing = await builder.overrideProvider(BackgroundTasks)[how](what).compile();
    settleProvidedTasks(testing.get(ModulesContainer), application);
  };

  it('by a value are those of parameters, too', async () => {
    const mock = new BackgroundTasks();
    await overridden([Taking], 'useValue', mock);
    expect(application.tasksForParameters).toBe(mock);
  });

  it('by anything else are refused where there are parameters', async () => {
    await expect(overridden([Taking], 'useClass', Heir)).rejects.toThrow(
      'Cannot override BackgroundTasks by a class or a factory: handlers that take them as a parameter would not get them, ' +
        'and would have their tasks run. Use `overrideProvider(BackgroundTasks).useValue(…)`, which they get, too; or, to ' +
        'see which tasks were added, `overrideProvider(BackgroundTasksRunner).useClass(CapturingRunner)`.',
    );
  });

  it('by anything are fine where there are none', async () => {
    await overridden([], 'useClass', Heir);
    expect(application.tasksForParameters).toBeUndefined();
  });
});
