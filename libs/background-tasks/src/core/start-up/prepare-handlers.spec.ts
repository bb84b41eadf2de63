import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, UseGuards } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Enhancer } from '../../../../../test/harness/enhancer.js';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { Application } from '../calls/application.js';
import { applicationsOfHandlers } from '../calls/shared-handlers.js';
import { BackgroundTasksInterceptor } from '../handlers/background-tasks.interceptor.js';
import { isTasksParameter } from '../handlers/tasks.decorator.js';
import {
  type HandlerClass,
  interceptorsOf,
  KEYS,
  parametersOf,
  replaceSubscriptionResolve,
  subscriptionResolveOf,
} from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { type HandlerPreparation, prepareHandlers } from './prepare-handlers.js';

const resolve = (): string => 'an event';

@Injectable()
class Guard extends Enhancer {
  constructor(@Inject(BackgroundTasks) readonly tasks: BackgroundTasks) {
    super();
  }
}

/** New classes each time: what is written about a class stays there. */
function handlerClasses() {
  @Controller()
  class Site {
    @Get()
    byType(_tasks: BackgroundTasks): void {}

    @Get()
    @UseGuards(Guard)
    guarded(): void {}

    @Get()
    plain(): void {}
  }
  @WebSocketGateway()
  class Gateway {
    @SubscribeMessage('byType')
    byType(_tasks: BackgroundTasks): void {}

    @SubscribeMessage('guarded')
    @UseGuards(Guard)
    guarded(): void {}

    @SubscribeMessage('plain')
    plain(): void {}
  }
  class Resolver {
    ticks(): void {}
  }
  const { ticks } = Resolver.prototype as unknown as { readonly ticks: object };
  // as by @Subscription(), without the weight of GraphQL
  Reflect.defineMetadata(KEYS.RESOLVER_TYPE_METADATA, 'Subscription', ticks);
  replaceSubscriptionResolve(ticks, resolve);
  return { Site, Gateway, Resolver, ticks };
}

let classes: ReturnType<typeof handlerClasses>;
let application: Application;

beforeEach(() => {
  classes = handlerClasses();
  application = new Application();
});

/** Prepares them; returns what does it once more. */
async function prepared(said: Partial<HandlerPreparation> = {}): Promise<() => void> {
  const { Site, Gateway, Resolver } = classes;
  const tasks = { provide: BackgroundTasks, useFactory: () => new BackgroundTasks() };
  const modules = await modulesOf({ controllers: [Site], providers: [Gateway, Resolver, tasks] });
  const prepare = (): void =>
    prepareHandlers({ application, modules, bind: 'needed', hasDefaultScope: false, ...said });
  prepare();
  return prepare;
}

const boundTo = ({ prototype }: HandlerClass, key: string): readonly unknown[] =>
  interceptorsOf(Reflect.get(prototype, key) as object);

/** All that is written about handlers, and who serves them. */
function written(): unknown {
  const { Site, Gateway, Resolver, ticks } = classes;
  return {
    served: [Site, Gateway, Resolver].map((each) => applicationsOfHandlers(each)[0] === application),
    bound: [Site, Gateway, Resolver].map(interceptorsOf),
    boundToHandlers: ['byType', 'guarded', 'plain'].map((key) => boundTo(Gateway, key)),
    parameters: parametersOf(Site, 'byType'),
    resolve: subscriptionResolveOf(ticks),
  };
}

const UNPREPARED = {
  served: [false, false, false],
  bound: [[], [], []],
  boundToHandlers: [[], [], []],
  parameters: [],
  resolve,
};

describe('prepareHandlers', () => {
  it('has every class of handlers served by the application', async () => {
    await prepared();
    expect(written()).toMatchObject({ served: [true, true, true] });
  });

  it('injects tasks by type', async () => {
    await prepared();
    const [parameter] = parametersOf(classes.Site, 'byType');
    expect(isTasksParameter(parameter?.factory)).toBe(true);
  });

  it('binds the interceptor where tasks can come: also by what it injects', async () => {
    await prepared();
    expect(boundTo(classes.Gateway, 'byType')).toEqual([BackgroundTasksInterceptor]);
    expect(boundTo(classes.Gateway, 'guarded')).toEqual([BackgroundTasksInterceptor]);
    expect(boundTo(classes.Gateway, 'plain')).toEqual([]);
    expect(interceptorsOf(classes.Gateway)).toEqual([]);
  });

  it('binds it to no routes, which wait until all is known that is around them', async () => {
    await prepared();
    expect(['byType', 'guarded', 'plain'].flatMap((key) => boundTo(classes.Site, key))).toEqual([]);
    expect(interceptorsOf(classes.Site)).toEqual([]);
  });

  it("binds it to all classes with `bind: 'everywhere'`", async () => {
    await prepared({ bind: 'everywhere' });
    const { Site, Gateway, Resolver } = classes;
    expect([Site, Gateway, Resolver].flatMap(interceptorsOf)).toEqual(Array(3).fill(BackgroundTasksInterceptor));
    expect(boundTo(Site, 'byType')).toEqual([]);
  });

  it.each([
    { bind: 'needed', hasDefaultScope: false },
    { bind: 'needed', hasDefaultScope: true },
    { bind: 'everywhere', hasDefaultScope: true },
  ] as const)('changes nothing once more, with %j', async (said) => {
    const again = await prepared(said);
    const once = written();
    again();
    expect(written()).toEqual(once);
    expect(once).not.toEqual(UNPREPARED);
  });

  describe('with Scope.REQUEST', () => {
    it('leaves subscriptions alone', async () => {
      await prepared();
      expect(subscriptionResolveOf(classes.ticks)).toBe(resolve);
    });
  });

  describe('with Scope.DEFAULT', () => {
    it('follows subscriptions', async () => {
      await prepared({ hasDefaultScope: true });
      expect(subscriptionResolveOf(classes.ticks)).not.toBe(resolve);
    });
  });
});
