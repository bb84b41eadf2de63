import { describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Inject } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { platforms } from '../harness/application.js';
import { controllerThatInjects, controllerWith, handlersWithParameters } from './controllers.js';
import { enhancers, globals, HOLDER, holders, NeedsNothing } from './holders.js';
import { FOLLOWED, NOT_FOLLOWED, outcomesOf, startWith, timeline } from './outcomes.js';

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
