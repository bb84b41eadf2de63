import { beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Get, Param, SetMetadata } from '@nestjs/common';
import { TWO_COPIES } from '../errors/other-copies.js';
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

describe('injectByType, of another type that was meant to be injected,', () => {
  class MyTasks extends BackgroundTasks {}
  class OthersTasks {}
  // as another copy of the library marks its own
  Object.defineProperty(OthersTasks.prototype, Symbol.for('nestjs-background-tasks.copy'), { value: {} });

  it('refuses a class of their own', () => {
    class Refused {
      @Get()
      handler(@Body() _body: object, _tasks: MyTasks): void {}
    }
    expect(() => injectByType([Site, Refused])).toThrow(
      new Error(
        'Cannot inject BackgroundTasks into parameter 2 of `Refused.handler`: its type is `MyTasks`, a class of your own ' +
          'that nothing makes, and it would get nothing. Take `tasks: BackgroundTasks`; what your class adds to it, it can ' +
          'do with tasks that it is given.',
      ),
    );
  });

  it('refuses that of another copy of the library', () => {
    class Refused {
      @Get()
      handler(_tasks: OthersTasks, @Body() _body: object): void {}
    }
    expect(() => injectByType([Refused])).toThrow(
      new Error(
        'Cannot inject BackgroundTasks into parameter 1 of `Refused.handler`: its type is that of another copy of the ' +
          `library, and it would get nothing. ${TWO_COPIES}`,
      ),
    );
  });

  it('refuses neither where something passes it, or may', () => {
    class Fine {
      @Get()
      decorated(@Body() _body: MyTasks, @Param() _others: OthersTasks): void {}

      @Get()
      byDefault(@Body() _body: object, _tasks: MyTasks = new MyTasks(), _others?: OthersTasks): void {}

      @SetMetadata('traced', true)
      traced(_tasks: MyTasks, _others: OthersTasks): void {}
    }
    expect(() => injectByType([Fine])).not.toThrow();
  });
});

describe('injectByType, of a method that is no handler,', () => {
  it('changes and refuses nothing', () => {
    class Traced {
      @SetMetadata('traced', true)
      first(_tasks: BackgroundTasks): void {}

      @SetMetadata('traced', true)
      second(_id: string, _tasks: BackgroundTasks): void {}
    }
    injectByType([Traced]);
    expect(parametersOf(Traced, 'first')).toEqual([]);
    expect(parameterTypesOf(Traced, 'first')).toEqual([BackgroundTasks]);
    expect(parametersOf(Traced, 'second')).toEqual([]);
  });
});
