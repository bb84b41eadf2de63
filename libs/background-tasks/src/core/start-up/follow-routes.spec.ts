import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Next,
  Res,
  Scope,
  type Type,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { ApplicationConfig } from '@nestjs/core';
import { Enhancer } from '../../../../../test/harness/enhancer.js';
import { FakeRequest, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { modulesOf } from '../../../../../test/harness/modules.js';
import type { Application } from '../calls/application.js';
import { BackgroundTasksInterceptor } from '../handlers/background-tasks.interceptor.js';
import { tasksForParameter } from '../handlers/parameter-tasks.js';
import { standInOf } from '../handlers/stand-in.js';
import { Tasks } from '../handlers/tasks.decorator.js';
import { lastCallOn } from '../http/request.js';
import { methodsOf } from '../nest/handler-classes.js';
import { interceptorsOf, KEYS } from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { followRoutes } from './follow-routes.js';

@Injectable()
class Asks extends Enhancer {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {
    super();
  }
}

@Injectable({ scope: Scope.REQUEST })
class Scoped extends Enhancer {}

const PROVIDERS = [{ provide: BackgroundTasks, useFactory: () => new BackgroundTasks() }, Asks, Scoped];

const nothing = (): void => undefined;

/** New classes each time: what is written about a class stays there, and so does what stands in for a method. */
function siteWith(onClass: ClassDecorator = nothing, onHandler: MethodDecorator = nothing) {
  @Controller()
  @onClass
  class Site {
    @Get()
    @onHandler
    tasks(@Tasks() _tasks: unknown): void {}

    @Get()
    response(@Res() _response: unknown): void {}

    @Get()
    @UseGuards(Asks)
    guarded(): void {}

    @Get()
    plain(): void {}
  }
  return Site;
}

let application: Application;
let config: ApplicationConfig;

beforeEach(() => {
  ({ application } = new RecordingRunner());
  config = new ApplicationConfig();
});

/** Follows the routes of classes. */
async function follow(...controllers: Type[]): Promise<void> {
  const modules = await modulesOf({ controllers, providers: PROVIDERS });
  followRoutes({ application, modules, config });
}

/** By which means each of its handlers is followed, those left out that are not. */
function means(site: Type): Record<string, string> {
  const isBound = (target: object): boolean => interceptorsOf(target).includes(BackgroundTasksInterceptor);
  const meansOf = (method: object): string[] =>
    isBound(method) ? ['interceptor'] : standInOf(method) ? ['stand-in'] : [];
  const entries = methodsOf(site).flatMap(({ key, method }) => meansOf(method).map((by) => [key, by]));
  return Object.fromEntries(isBound(site) ? [['class', 'interceptor'], ...entries] : entries) as Record<string, string>;
}

const BOUND = { tasks: 'interceptor', response: 'interceptor', guarded: 'interceptor' };

describe('followRoutes', () => {
  it('has something stand in where an argument leads to the request, and else binds the interceptor', async () => {
    const site = siteWith();
    await follow(site);
    expect(means(site)).toEqual({ tasks: 'stand-in', response: 'stand-in', guarded: 'interceptor' });
  });

  it('has something stand in wherever tasks can come where requests are found by async context', async () => {
    application.findsRequests = true;
    const [site, all] = [siteWith(), siteWith(UseGuards(Asks))];
    await follow(site, all);
    expect(means(site)).toEqual({ tasks: 'stand-in', response: 'stand-in', guarded: 'stand-in' });
    expect(means(all)).toEqual({ ...means(site), plain: 'stand-in' });
  });

  it('binds the interceptor to a class all of which is needed, and not all of which can be stood in for', async () => {
    const site = siteWith(UseGuards(Asks));
    await follow(site);
    expect(means(site)).toEqual({ class: 'interceptor', tasks: 'stand-in', response: 'stand-in' });
  });

  it.each<[string, () => unknown]>([
    ['is around all', () => config.addGlobalInterceptor(new Enhancer())],
    ['is around all, made for each request', () => config.addGlobalRequestInterceptor({} as never)],
    [
      'has to be, since tests override what is injected',
      () => (application.tasksForParameters = new BackgroundTasks()),
    ],
  ])('binds it where an interceptor %s', async (_, change) => {
    const site = siteWith();
    change();
    await follow(site);
    expect(means(site)).toEqual(BOUND);
  });

  it('binds it where an interceptor is around the class or the handler', async () => {
    const around = UseInterceptors(Enhancer);
    const [ofClass, ofHandler] = [siteWith(around), siteWith(nothing, around)];
    await follow(ofClass, ofHandler);
    expect(means(ofClass)).toEqual({ class: 'interceptor' });
    expect(means(ofHandler)).toEqual({ ...BOUND, response: 'stand-in' });
  });

  it.each([
    ['the controller is made for each request', () => siteWith(nothing, UseGuards(Scoped))],
    ['nothing can stand in', () => Object.freeze(siteWith().prototype).constructor as ReturnType<typeof siteWith>],
  ])('binds it where %s', async (_, make) => {
    const site = make();
    await follow(site);
    expect(means(site)).toEqual(BOUND);
  });

  it.each([
    ['of routes', nothing],
    ['of messages, too', MessagePattern('message')],
  ])('binds it everywhere where a handler may hand on its request: in a class %s', async (_, decorate) => {
    @Controller()
    class HandsOn {
      @Get()
      handsOn(@Next() _next: unknown): void {}

      @decorate
      other(): void {}
    }
    const site = siteWith();
    await follow(site, HandsOn);
    expect(means(site)).toEqual(BOUND);
  });

  it('does not take the `@Info()` of a resolver for what hands on a request', async () => {
    class Resolver {
      // as GraphQL writes it down
      names(@Next() _info: unknown): void {}
    }
    Reflect.defineMetadata(KEYS.RESOLVER_TYPE_METADATA, 'Query', Reflect.get(Resolver.prototype, 'names'));
    const site = siteWith();
    const modules = await modulesOf({ controllers: [site], providers: [Resolver, ...PROVIDERS] });
    followRoutes({ application, modules, config });
    expect(means(site)).toMatchObject({ tasks: 'stand-in', response: 'stand-in' });
  });

  it('binds it to the class where its instance has another method', async () => {
    class Hiding extends siteWith() {
      override response = nothing;
    }
    Controller()(Hiding);
    await follow(Hiding);
    expect(means(Hiding)).toEqual({ class: 'interceptor', tasks: 'stand-in' });
  });

  it('has calls of its controllers followed, under the name of the handler', async () => {
    const request = new FakeRequest();
    @Controller()
    class Named {
      @Get()
      handler(@Tasks() _tasks: unknown): unknown {
        return lastCallOn(request.raw)?.name;
      }
    }
    const modules = await modulesOf({ controllers: [Named] });
    followRoutes({ application, modules, config });
    const [wrapper] = [...modules.values()].flatMap(({ controllers }) => [...controllers.values()]);
    const instance = wrapper?.instance as Named | undefined;
    expect(instance?.handler(tasksForParameter(request.raw, request, Named))).toBe('Named.handler');
  });
});
