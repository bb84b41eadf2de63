import { AsyncLocalStorage } from 'node:async_hooks';
import { jest } from '@jest/globals';
import { Controller, Get, type INestApplication, type Type, UseFilters } from '@nestjs/common';
import { type BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { timeline } from '../../harness/audit.js';
import { AnswersFine, add } from './means.js';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What a decorator or a patch puts in the place of a method. */
export type Wrap = (own: Method) => Method;

/** As whoever puts something around a method has to: Nest would not find the route otherwise. */
export function withAllThatIsWritten(own: Method, wrapper: Method): Method {
  for (const key of Reflect.getMetadataKeys(own) as string[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, own), wrapper);
  }
  return wrapper;
}

export const cls = new AsyncLocalStorage<string>();

export const inCls: Wrap = (own) =>
  withAllThatIsWritten(own, function (this: unknown, ...args) {
    return cls.run('of the wrapper', () => Reflect.apply(own, this, args));
  });

export const inTransaction: Wrap = (own) =>
  withAllThatIsWritten(own, async function (this: unknown, ...args) {
    timeline.mark('begin');
    try {
      return await Reflect.apply(own, this, args);
    } finally {
      timeline.mark('end');
    }
  });

/** As by something that makes an object of its own of the controller for each call. */
export const onAnother: Wrap = (own) =>
  withAllThatIsWritten(own, function (this: unknown, ...args) {
    return Reflect.apply(own, Object.create(this as object), args);
  });

export const twice: Wrap = (own) =>
  withAllThatIsWritten(own, async function (this: unknown, ...args) {
    await Promise.resolve(Reflect.apply(own, this, args)).catch(() => undefined);
    return Reflect.apply(own, this, args);
  });

export const proxied: Wrap = (own) =>
  new Proxy(own, { apply: (method, self, args) => Reflect.apply(method, self, args) });

export const mocked: Wrap = (own) => withAllThatIsWritten(own, jest.fn(own));

export function put(prototype: object, key: string, wrap: Wrap): void {
  const own = Reflect.get(prototype, key) as Method;
  Object.defineProperty(prototype, key, { value: wrap(own), writable: true, configurable: true });
}

export const wrapping =
  (wrap: Wrap): MethodDecorator =>
  (_, __, descriptor) => {
    Object.assign(descriptor, { value: wrap(descriptor.value as Method) });
  };

/** Wraps what Nest makes routes of, where it makes them. */
export function wrapHandlers(app: INestApplication, wrap: Wrap): void {
  interface Creator {
    create(instance: object, callback: Method, ...rest: unknown[]): unknown;
  }
  const { routesResolver } = app as unknown as {
    routesResolver: { routerExplorer: { executionContextCreator: Creator } };
  };
  const { executionContextCreator: creator } = routesResolver.routerExplorer;
  const create = creator.create.bind(creator);
  creator.create = (instance, callback, ...rest) => create(instance, wrap(callback), ...rest);
}

export const nothing = (): void => undefined;

/** A controller whose handler adds tasks at once and later, and fails. */
export function siteWith(decorate: MethodDecorator = nothing): Type<object> {
  @Controller()
  @UseFilters(AnswersFine)
  class Site {
    @decorate
    @Get('handler')
    async handler(@Tasks() tasks: BackgroundTasks): Promise<string> {
      add(tasks, `task ${cls.getStore()}`);
      await Promise.resolve();
      throw new Error('on purpose');
    }
  }
  return Site;
}

export const wraps: Array<[string, Wrap, string[]]> = [
  ['with an async context', inCls, ['task of the wrapper after failure']],
  ['with a transaction', inTransaction, ['begin', 'end', 'task undefined after failure']],
  ['on an object of its own', onAnother, ['task undefined after failure']],
  ['twice', twice, Array<string>(2).fill('task undefined after failure')],
  ['by a proxy', proxied, ['task undefined after failure']],
  ['as a mock', mocked, ['task undefined after failure']],
];
