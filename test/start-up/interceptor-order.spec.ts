import { describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  Get,
  HttpCode,
  NotFoundException,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { BackgroundTasks, Tasks, UseBackgroundTasks } from 'nestjs-background-tasks';
import { map, retry, toArray } from 'rxjs';
import { platforms } from '../harness/application.js';
import { controllerWith, type Decorators, nothing } from './controllers.js';
import { Bound } from './holders.js';
import { noteOutcome, outcomesOf, startWith } from './outcomes.js';

/** Turns success into an error, when the handler has completed. */
const refuses = {
  intercept: (_: unknown, next: CallHandler) =>
    next.handle().pipe(
      toArray(),
      map(() => {
        throw new NotFoundException();
      }),
    ),
};

/** Fails at first. */
function failingOnce(decorators: Decorators = {}): Type {
  let calls = 0;
  @Controller()
  @(decorators.onClass ?? nothing)
  class FailingOnce {
    @Get()
    @HttpCode(404)
    @(decorators.onHandler ?? nothing)
    get(@Tasks() tasks: BackgroundTasks): string {
      if (++calls === 1) throw new Error('on purpose');
      tasks.addTask(noteOutcome);
      return 'not here';
    }
  }
  return FailingOnce;
}

const retries = { intercept: (_: unknown, next: CallHandler) => next.handle().pipe(retry(1)) };

describe.each(platforms)('on $name, what follows a handler', (platform) => {
  it.each<[string, Decorators]>([
    ['its controller', { onClass: UseInterceptors(refuses), onHandler: UseBackgroundTasks() }],
    ['the handler', { onHandler: UseInterceptors(refuses, Bound) }],
    [
      'the handler, above @UseBackgroundTasks()',
      { onHandler: (...args) => (UseBackgroundTasks()(...args), UseInterceptors(refuses)(...args)) },
    ],
    [
      'the handler, below @UseBackgroundTasks()',
      { onHandler: (...args) => (UseInterceptors(refuses)(...args), UseBackgroundTasks()(...args)) },
    ],
  ])('stands outside the interceptors of %s', async (_, decorators) => {
    const running = await startWith(platform, { controllers: [controllerWith(decorators)] });
    expect(await outcomesOf(running, '/decorated')).toEqual(['failure']);
  });

  it.each(['needed', 'everywhere'] as const)('stands inside the global interceptors, with `bind: %j`', async (bind) => {
    const providers = [{ provide: APP_INTERCEPTOR, useValue: refuses }];
    const controllers = [controllerWith({ onHandler: UseBackgroundTasks() })];
    const running = await startWith(platform, { controllers, providers }, { bind });
    expect(await outcomesOf(running, '/decorated')).toEqual(['success']);
  });

  it('is there once, on a class and its method, outside of what stands between them', async () => {
    const onClass: ClassDecorator = (target) => {
      UseBackgroundTasks()(target);
      UseInterceptors(refuses)(target);
    };
    const decorators = { onClass, onHandler: UseBackgroundTasks() };
    const running = await startWith(platform, { controllers: [controllerWith(decorators)] });
    expect(await outcomesOf(running, '/decorated')).toEqual(['failure']);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, succeeded: 1 });
  });

  it.each<[string, Decorators]>([
    ['once', {}],
    ['twice', { onClass: UseBackgroundTasks(), onHandler: UseBackgroundTasks() }],
  ])('is bound %s: sees the last attempt when a global interceptor tries again', async (_, decorators) => {
    const providers = [{ provide: APP_INTERCEPTOR, useValue: retries }];
    const running = await startWith(platform, { controllers: [failingOnce(decorators)], providers });
    expect(await outcomesOf(running, '/')).toEqual(['success', 'success']);
  });
});
