import { beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Get, Param } from '@nestjs/common';
import { isTasksParameter, Tasks } from '../handlers/tasks.decorator.js';
import { type HandlerClass, parametersOf, parameterTypesOf } from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { injectByType } from './inject-by-type.js';

const symbol = Symbol('handler');

/** New ones each time: what is written about a class stays there. */
function controllers() {
  class Base {
    @Get()
    inherited(_tasks: BackgroundTasks): void {}
  }
  class Site extends Base {
    @Get()
    last(@Param('id') _id: string, @Body() _body: object, _tasks: BackgroundTasks): void {}

    @Get()
    between(@Param('id') _id: string, _tasks: BackgroundTasks, @Body() _body: object): void {}

    @Get()
    twice(_tasks: BackgroundTasks, _undecorated: string, _again: BackgroundTasks): void {}

    @Get()
    decorated(@Tasks() _tasks: BackgroundTasks): void {}

    @Get()
    decoratedOtherwise(@Body() _tasks: BackgroundTasks): void {}

    @Get()
    without(_id: string): void {}

    @Get()
    withNone(): void {}

    untyped(_tasks: BackgroundTasks): void {}

    @Get()
    [symbol](_tasks: BackgroundTasks): void {}
  }
  return { Base, Site };
}

const injectedInto = (handlers: HandlerClass, key: string | symbol): number[] =>
  parametersOf(handlers, key)
    .filter(({ factory }) => isTasksParameter(factory))
    .map(({ index }) => index);

let Base: HandlerClass;
let Site: HandlerClass;

beforeEach(() => {
  ({ Base, Site } = controllers());
});

describe('injectByType', () => {
  it.each<[string | symbol, number[]]>([
    ['last', [2]],
    ['between', [1]],
    ['twice', [0, 2]],
    [symbol, [0]],
    ['inherited', [0]],
  ])('decorates the parameters of that type: %p', (key, indexes) => {
    injectByType([Site]);
    expect(injectedInto(Site, key)).toEqual(indexes);
    // as @Tasks() does it
    for (const index of indexes) expect(parameterTypesOf(Site, key)?.[index]).toBe(Object);
  });

  it.each(['decorated', 'decoratedOtherwise', 'without', 'withNone', 'untyped'])(
    'leaves all others alone: %s',
    (key) => {
      const before = parametersOf(Site, key);
      injectByType([Site]);
      expect(parametersOf(Site, key)).toEqual(before);
    },
  );

  it('keeps what was decorated already', () => {
    const [id, body] = parametersOf(Site, 'last');
    injectByType([Site]);
    expect(parametersOf(Site, 'last')).toEqual(expect.arrayContaining([id, body]));
    expect(parametersOf(Site, 'last')).toHaveLength(3);
  });

  it('decorates once', () => {
    injectByType([Site]);
    const once = parametersOf(Site, 'twice');
    injectByType([Site, Site]);
    expect(parametersOf(Site, 'twice')).toEqual(once);
  });

  it('decorates what is inherited for the heir', () => {
    injectByType([Site, Base]);
    expect(injectedInto(Base, 'inherited')).toEqual([0]);
    expect(injectedInto(Site, 'inherited')).toEqual([0]);
  });
});

describe('injectByType, where the parameters before have no decorator,', () => {
  it.each(['handler', symbol])('refuses, and says what to do: %p', (key) => {
    class Refused {
      @Get()
      [key](_id: string, _tasks: BackgroundTasks): void {}
    }
    expect(() => injectByType([Site, Refused])).toThrow(
      new Error(
        `Cannot inject BackgroundTasks into \`Refused.${String(key)}\`: the parameters before it have no decorator, ` +
          'and would get nothing. Decorate them, with `@Payload()` in a microservice, `@MessageBody()` in a gateway, ' +
          '`@Args()` in a resolver, `@Req()` in HTTP.',
      ),
    );
    expect(parametersOf(Refused, key)).toEqual([]);
  });

  it('refuses nothing that has other parameters', () => {
    class Fine {
      @Get()
      handler(_id: string, _name: string): void {}
    }
    expect(() => injectByType([Fine])).not.toThrow();
  });
});
