import { describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { BackgroundTask, durableOf } from '../tasks/background-task.js';
import { DurableTask } from '../tasks/durable-task.decorator.js';
import { DurableNames } from './durable-names.js';

@Injectable()
class Mailer {
  @DurableTask('names.mail')
  send(): void {}

  @DurableTask('names.remind')
  remind(): void {}
}

class Heir extends Mailer {}

@Injectable({ scope: Scope.REQUEST })
class Scoped {
  @DurableTask('names.scoped')
  send(): void {}
}

@Controller()
class Reports {
  @DurableTask('names.report')
  report(): void {}
}

@Controller()
class Twin {
  @DurableTask('names.report')
  report(): void {}
}

@Module({ providers: [Mailer] })
class OtherModule {}

type Provider = Type | { provide: unknown; useValue?: unknown; useExisting?: unknown; useFactory?: () => unknown };

async function namesIn(providers: Provider[], controllers: Type[] = [], imports: Type[] = []) {
  const testing = await Test.createTestingModule({ providers: providers as Type[], controllers, imports }).compile();
  await testing.init();
  return { names: new DurableNames(testing.get(ModulesContainer)), testing };
}

function checked(names: DurableNames, target: object, method: string): () => void {
  const task = new BackgroundTask(target as Record<string, () => void>, method);
  const durable = durableOf(task);
  if (durable === undefined) throw new Error('Expected a durable task.');
  return () => names.check(task.name, durable);
}

describe('the names of durable methods', () => {
  it('are those of all providers and controllers, and lead to the method that has one', async () => {
    const { names, testing } = await namesIn([Mailer, Scoped, { provide: 'none', useValue: null }], [Reports]);
    names.settle();
    expect(names.names.toSorted()).toEqual(['names.mail', 'names.remind', 'names.report', 'names.scoped']);
    expect(names.find('names.mail')).toMatchObject({
      key: 'send',
      provided: { instance: testing.get(Mailer), name: 'Mailer' },
    });
    expect(names.methods).toHaveLength(4);
  });

  it.each(['names.gone', 'send', 'toString', '__proto__', 'constructor', ''])(
    'do not lead anywhere by %p',
    async (name) => {
      const { names } = await namesIn([Mailer]);
      expect(names.find(name)).toBeUndefined();
    },
  );

  it('tell which methods have a provider that all share', async () => {
    const { names } = await namesIn([Mailer, Scoped]);
    expect(names.methods.filter(({ provided }) => !provided.isShared).map(({ provided }) => provided.name)).toEqual([
      'Scoped',
    ]);
  });

  it.each<[string, Provider[], Type[]]>([
    ['controllers', [], [Reports, Twin]],
    ['a class and its heir', [Mailer, Heir], []],
  ])('are refused where two methods have one: %s', async (_, providers, controllers) => {
    const { names } = await namesIn(providers, controllers);
    expect(() => names.settle()).toThrow(
      /^Cannot start: `\w+\.\w+` and `\w+\.\w+` are both the durable task `names\.\w+`/,
    );
  });

  it('may be had by one class in several modules, and by an alias', async () => {
    const { names } = await namesIn([Mailer, { provide: 'alias', useExisting: Mailer }], [], [OtherModule]);
    expect(() => names.settle()).not.toThrow();
  });

  it('are checked by the instance, where all share it', async () => {
    const { names, testing } = await namesIn([Mailer, { provide: 'value', useValue: new Reports() }]);
    names.settle();
    const mailer = testing.get(Mailer);
    expect(checked(names, mailer, 'send')).not.toThrow();
    expect(checked(names, Object.create(mailer) as Mailer, 'send')).not.toThrow();
    expect(checked(names, testing.get('value'), 'report')).not.toThrow();
    expect(checked(names, new Mailer(), 'send')).toThrow(/`Mailer\.send`: .* no worker could find `names\.mail`/);
    expect(checked(names, new Twin(), 'report')).toThrow(TypeError);
    expect(checked(names, new Scoped(), 'send')).toThrow('is not provided by any module');
  });

  it('are checked by the class, where each request has an instance of its own', async () => {
    const { names, testing } = await namesIn([Scoped]);
    names.settle();
    expect(checked(names, await testing.resolve(Scoped), 'send')).not.toThrow();
  });

  it('are checked by the name alone, before all providers are made', async () => {
    const { names } = await namesIn([Mailer]);
    expect(checked(names, new Mailer(), 'send')).not.toThrow();
    expect(checked(names, new Reports(), 'report')).toThrow('is not provided by any module');
  });

  it('make the function that is there no task by itself, also one that a decorator has put there', async () => {
    const spy = (): void => undefined;
    class Wrapped {
      @DurableTask('names.wrapped')
      send(): void {}
    }
    Object.defineProperty(Wrapped.prototype, 'send', { value: spy, configurable: true });
    const { names } = await namesIn([Wrapped]);
    expect(() => new BackgroundTask(spy)).not.toThrow();
    names.settle();
    expect(() => new BackgroundTask(spy)).toThrow(
      'it is the durable task `names.wrapped`, and was handed over as a function',
    );
  });
});
