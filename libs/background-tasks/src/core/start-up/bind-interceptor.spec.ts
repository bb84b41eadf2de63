import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  applyDecorators,
  Body,
  Param,
  Req,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { Enhancer } from '../../../../../test/harness/enhancer.js';
import { BackgroundTasksInterceptor, sharedInterceptor } from '../handlers/background-tasks.interceptor.js';
import { Tasks } from '../handlers/tasks.decorator.js';
import type { Dependant } from '../nest/dependants.js';
import { methodsOf } from '../nest/handler-classes.js';
import { type HandlerClass, interceptorsOf } from '../nest/metadata.js';
import { bindEverywhere, bindInterceptor, bindSharedInterceptor, bindWhereNeeded } from './bind-interceptor.js';
import { UseBackgroundTasks } from './use-background-tasks.decorator.js';

/** Something to bind that depends on tasks. */
class Bound extends Enhancer {}
/** Something that does not. */
class Plain extends Enhancer {}

const dependant = (token: unknown, metatype: unknown = token): Dependant => ({
  token,
  metatype,
  name: 'it',
  isDurable: false,
});

const nothing = (): void => undefined;

/** A new class each time: what is bound to a class stays there. */
function site(onClass: ClassDecorator = nothing, onHandler: MethodDecorator = nothing): HandlerClass {
  @onClass
  class Site {
    @onHandler
    handler(): void {}

    plain(@Body() _body: object): void {}
  }
  return Site;
}

/** Where the interceptor is bound: to the class, to handlers by name. */
const boundIn = (handlers: HandlerClass): Array<string | symbol> => [
  ...(interceptorsOf(handlers).includes(BackgroundTasksInterceptor) ? ['class'] : []),
  ...methodsOf(handlers)
    .filter(({ method }) => interceptorsOf(method).includes(BackgroundTasksInterceptor))
    .map(({ key }) => key),
];

const enhancers: Array<[string, (enhancer: typeof Enhancer | Enhancer) => ClassDecorator & MethodDecorator]> = [
  ['a guard', (enhancer) => UseGuards(enhancer)],
  ['a pipe', (enhancer) => UsePipes(enhancer)],
  ['an interceptor', (enhancer) => UseInterceptors(enhancer)],
  ['a filter', (enhancer) => UseFilters(enhancer)],
];

describe('bindInterceptor', () => {
  it('binds it outside the interceptors that are there, once', () => {
    const handlers = site(UseInterceptors(Plain, Bound));
    bindInterceptor(handlers);
    bindInterceptor(handlers);
    expect(interceptorsOf(handlers)).toEqual([BackgroundTasksInterceptor, Plain, Bound]);
  });

  it('binds that which applications share to what is bound, once, where Nest finds no other', () => {
    const handlers = site(UseInterceptors(Plain));
    bindSharedInterceptor(handlers);
    expect(interceptorsOf(handlers)).toEqual([Plain]);
    bindInterceptor(handlers);
    bindSharedInterceptor(handlers);
    bindSharedInterceptor(handlers);
    expect(interceptorsOf(handlers)).toEqual([BackgroundTasksInterceptor, sharedInterceptor, Plain]);
    const handler = Reflect.get(handlers.prototype, 'handler') as object;
    bindInterceptor(handler);
    bindSharedInterceptor(handlers);
    expect(interceptorsOf(handler)).toEqual([BackgroundTasksInterceptor, sharedInterceptor]);
  });

  it('leaves it where somebody has bound it', () => {
    const handlers = site(UseInterceptors(Plain, BackgroundTasksInterceptor));
    bindInterceptor(handlers);
    expect(interceptorsOf(handlers)).toEqual([Plain, BackgroundTasksInterceptor]);
  });
});

describe('bindEverywhere', () => {
  it('binds it to each class', () => {
    const classes = [site(), site(UseInterceptors(Plain))];
    bindEverywhere(classes);
    expect(classes.map(boundIn)).toEqual([['class'], ['class']]);
  });
});

describe('bindWhereNeeded', () => {
  const bind = (handlers: HandlerClass, ...dependants: Dependant[]): Array<string | symbol> => {
    bindWhereNeeded([handlers], dependants);
    return boundIn(handlers);
  };

  it('binds nothing where no tasks can come', () => {
    const decorators = applyDecorators(UseGuards(Plain), UsePipes(Plain), UseFilters(Plain), UseInterceptors(Plain));
    expect(bind(site(decorators, decorators), dependant(Bound), dependant('text'))).toEqual([]);
  });

  it('does the same once more', () => {
    const handlers = site(nothing, UseGuards(Bound));
    bindWhereNeeded([handlers], [dependant(Bound)]);
    bindWhereNeeded([handlers], [dependant(Bound)]);
    expect(interceptorsOf(Reflect.get(handlers.prototype, 'handler') as object)).toEqual([BackgroundTasksInterceptor]);
    expect(boundIn(handlers)).toEqual(['handler']);
  });

  describe('to a handler', () => {
    class Site {
      byDecorator(@Param('id') _id: string, @Tasks() _tasks: unknown): void {}
      response(@Param('id') _id: string, @Res() _response: object): void {}
      piped(@Param('id') _id: string, @Body(Plain, Bound) _body: object): void {}
      pipedByInstance(@Body(new Bound()) _body: object): void {}
      pipedOtherwise(@Body(Plain) _body: object): void {}
      plain(@Req() _request: object): void {}
      withNone(): void {}
    }

    it('binds it when tasks can come by a parameter, and not to its neighbours', () => {
      expect(bind(Site, dependant(Bound))).toEqual(['byDecorator', 'response', 'piped']);
      expect(interceptorsOf(Site)).toEqual([]);
    });

    it.each(enhancers)('binds it when it is under %s that depends on tasks', (_, use) => {
      expect(bind(site(nothing, use(Bound)), dependant(Bound))).toEqual(['handler']);
      expect(bind(site(nothing, use(Bound)), dependant('token', Bound))).toEqual(['handler']);
      expect(bind(site(nothing, use(new Bound())), dependant(Bound))).toEqual([]);
    });

    it('binds it where it stands, by @UseBackgroundTasks()', () => {
      expect(bind(site(nothing, UseBackgroundTasks()))).toEqual(['handler']);
    });

    it('binds it when it is inherited', () => {
      class Base {
        inherited(@Tasks() _tasks: unknown): void {}
      }
      class Heir extends Base {
        own(): void {}
      }
      expect(bind(Heir)).toEqual(['inherited']);
    });
  });

  describe('to a class', () => {
    it('binds it when that depends on tasks', () => {
      const [byToken, byClass, other] = [site(), site(), site()];
      bindWhereNeeded([byToken, byClass, other], new Set([dependant(byToken), dependant('token', byClass)]));
      expect([byToken, byClass, other].map(boundIn)).toEqual([['class'], ['class'], []]);
    });

    it.each(enhancers)('binds it when it is under %s that depends on tasks', (_, use) => {
      expect(bind(site(use(Bound)), dependant(Bound))).toEqual(['class']);
    });

    it('binds it instead of to a handler when it has interceptors, which are outside of those of a handler', () => {
      const handlers = site(UseInterceptors(Plain), UseGuards(Bound));
      expect(bind(handlers, dependant(Bound))).toEqual(['class']);
      expect(interceptorsOf(handlers)).toEqual([BackgroundTasksInterceptor, Plain]);
    });

    it('binds it beside that of @UseBackgroundTasks() on a handler when the class has interceptors', () => {
      expect(bind(site(UseInterceptors(Plain), UseBackgroundTasks()))).toEqual(['class', 'handler']);
    });

    it('does not bind it for its interceptors alone', () => {
      expect(bind(site(UseInterceptors(Plain)), dependant(Bound))).toEqual([]);
    });
  });

  describe('to all', () => {
    let classes: HandlerClass[];

    beforeEach(() => {
      classes = [site(), site()];
    });

    it.each([APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE])('binds it when %s depends on tasks', (token) => {
      bindWhereNeeded(classes, [dependant('other'), dependant(`${token} (UUID: 1)`, Bound)]);
      expect(classes.map(boundIn)).toEqual([['class'], ['class']]);
    });

    it('does not bind it when only something else does', () => {
      bindWhereNeeded(classes, [dependant('other'), dependant(Bound)]);
      expect(classes.map(boundIn)).toEqual([[], []]);
    });
  });
});
