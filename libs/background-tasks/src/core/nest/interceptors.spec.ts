import { describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Module,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { findsInterceptorsOf, provideInterceptor } from './interceptors.js';
import { interceptorsOf } from './metadata.js';

class Interceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

const found = (modules: ModulesContainer): unknown[] =>
  [...modules.values()].map(({ injectables }) => injectables.get(Interceptor)?.instance);

describe('an interceptor that is provided', () => {
  it('is what Nest finds in every module of the application, and in no other', async () => {
    @Module({})
    class Imported {}
    const [modules, others] = [await modulesOf({ imports: [Imported] }), await modulesOf({})];
    const instance = new Interceptor();
    provideInterceptor(Interceptor, instance, modules);
    expect(found(modules).every((each) => each === instance)).toBe(true);
    expect(modules.size).toBeGreaterThan(1);
    expect(found(others).every((each) => each === undefined)).toBe(true);
  });

  it('leaves alone what Nest makes by itself', async () => {
    @Controller()
    @UseInterceptors(Interceptor)
    class Handlers {}
    const modules = await modulesOf({ controllers: [Handlers] });
    const made = found(modules).find((each) => each !== undefined);
    provideInterceptor(Interceptor, new Interceptor(), modules);
    expect(made).toBeInstanceOf(Interceptor);
    expect(found(modules)).toContain(made);
    expect(interceptorsOf(Handlers)).toEqual([Interceptor]);
  });
});

describe('interceptors that are bound as classes', () => {
  class Resolver {}
  class Handlers {}
  Controller()(Handlers);

  it('are found for controllers, and for providers by their class', async () => {
    const modules = await modulesOf({ controllers: [Handlers], providers: [Resolver] });
    expect([Handlers, Resolver].map((each) => findsInterceptorsOf(each, modules, false))).toEqual([true, true]);
  });

  it('are found for a provider under another token since Nest looks for its instance', async () => {
    const modules = await modulesOf({ providers: [{ provide: 'resolver', useClass: Resolver }] });
    expect([true, false].map((looks) => findsInterceptorsOf(Resolver, modules, looks))).toEqual([true, false]);
  });
});
