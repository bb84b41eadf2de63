import { describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Post, Scope, UseGuards } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Enhancer } from '../../../../../test/harness/enhancer.js';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { routeClassesOf } from './controllers.js';

@Controller()
class Site {
  @Get()
  one(): void {}

  @Post()
  other(): void {}

  helper(): void {}
}

@Controller()
class Heir extends Site {}

@Controller()
class Empty {
  helper(): void {}
}

@Controller()
class Messages {
  @MessagePattern('one')
  one(): void {}
}

@Controller()
class Mixed {
  @Get()
  one(): void {}

  @MessagePattern('other')
  other(): void {}
}

@Controller()
class Both {
  @Get()
  @MessagePattern('both')
  both(): void {}
}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('one')
  one(): void {}
}

/** A gateway all of whose handlers are routes: its class is still that of two things. */
@WebSocketGateway()
@Controller()
class SiteAndGateway {
  @Get()
  one(): void {}
}

@Injectable({ scope: Scope.REQUEST })
class Scoped extends Enhancer {}

function scoped(scope: Scope) {
  @Controller({ scope })
  class Made extends Site {}
  return Made;
}

function asking() {
  @Controller()
  class Asking extends Site {
    constructor(@Inject(Scoped) readonly own: Scoped) {
      super();
    }
  }
  return Asking;
}

function guarded() {
  @Controller()
  @UseGuards(Scoped)
  class Guarded extends Site {}
  return Guarded;
}

describe('the classes with routes', () => {
  it('are the controllers that have nothing else', async () => {
    const controllers = [Site, Heir, Empty, Messages, Mixed, Both, SiteAndGateway];
    const classes = routeClassesOf(await modulesOf({ controllers, providers: [Gateway, SiteAndGateway] }));
    expect(classes.map(({ handlers }) => handlers)).toEqual([Site, Heir]);
  });

  it('have an instance for each module that has them', async () => {
    class Module {}
    const modules = await modulesOf({ imports: [{ module: Module, controllers: [Site] }], controllers: [Site] });
    const made = [...modules.values()].flatMap(({ controllers }) =>
      Array.from(controllers.values(), ({ instance }): unknown => instance),
    );
    const [only, ...others] = routeClassesOf(modules);
    expect(others).toEqual([]);
    expect(made).toHaveLength(2);
    expectSame(only?.instances ?? [], ...made);
  });

  // Nest remembers its answer, which is wrong in 11.0 before all has been made
  it('ask Nest whether they are made for each request once, and not before somebody asks for their instances', async () => {
    const modules = await modulesOf({ controllers: [Site] });
    const [wrapper] = [...modules.values()].flatMap(({ controllers }) => [...controllers.values()]);
    const asked = jest.spyOn(wrapper, 'isDependencyTreeStatic');
    const [only] = routeClassesOf(modules);
    expect(asked).not.toHaveBeenCalled();
    expect(only.instances).toBe(only.instances);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it.each<[string, new (...args: never[]) => object, boolean]>([
    ['a singleton', Site, true],
    ['one that is request-scoped', scoped(Scope.REQUEST), false],
    ['one that is made for each that asks for it', scoped(Scope.TRANSIENT), false],
    ['one that asks for what is request-scoped', asking(), false],
    ['one with a guard that is request-scoped', guarded(), false],
  ])('have instances that can be told: %s: %p', async (_, site, hasInstances) => {
    const [only] = routeClassesOf(await modulesOf({ controllers: [site], providers: [Scoped] }));
    expect(only?.handlers).toBe(site);
    expect(only?.instances?.length).toBe(hasInstances ? 1 : undefined);
  });
});
