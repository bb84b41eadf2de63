import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Res, Sse, StreamableFile, type Type, UseFilters } from '@nestjs/common';
import { type BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { concat, defer, EMPTY, finalize, from, NEVER, type Observable, of, tap, throwError } from 'rxjs';
import type { Reply } from '../../harness/application.js';
import { timeline } from '../../harness/audit.js';
import { type Deferred, deferred } from '../../harness/deferred.js';
import { add, AnswersFine, task } from './means.js';

let release: Deferred = deferred();

/** Resolved by the test to let the handler at work end. */
export const released = (): Deferred => release;

export function startAgain(): void {
  release = deferred();
}

export const boom = (): Error => new Error('on purpose');

const mark = (event: string): void => timeline.mark(event);

/** Marks when what is returned has come to its end. */
const ending = <T>(answers: Observable<T>): Observable<T> => answers.pipe(finalize(() => mark('end')));

const onceReleased = (): Observable<unknown> =>
  defer(() => from(release.promise)).pipe(tap({ complete: () => mark('end') }));

/** An observable of another copy of rxjs: known by its shape alone. */
function foreign(own: Observable<unknown>): unknown {
  const shape = ['lift', 'pipe', 'subscribe'].map((key) => [key, (Reflect.get(own, key) as () => void).bind(own)]);
  const known: object = Object.fromEntries(shape) as object;
  return Object.assign(known, { '@@observable': () => known });
}

/** As the queries of some clients: each call of `then` begins its work. */
class Lazy implements PromiseLike<string> {
  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  then: PromiseLike<string>['then'] = (onResolve, onReject) => {
    mark('begun');
    return Promise.resolve('lazy').then(onResolve, onReject);
  };
}

class OwnPromise<T> extends Promise<T> {}

/** What handlers return, each by its name, and how that is answered. */
export const RESULTS: Record<string, () => unknown> = {
  value: () => ({ fine: true }),
  undefined: () => undefined,
  promise: async () => Promise.resolve('fine'),
  'own-promise': () => OwnPromise.resolve('fine'),
  rejected: async () => Promise.reject(boom()),
  throws: () => {
    throw boom();
  },
  lazy: () => new Lazy(),
  one: () => ending(of('one')),
  many: () => ending(of('one', 'two')),
  empty: () => ending(EMPTY),
  error: () => ending(throwError(boom)),
  'late-error': () => ending(concat(of('one'), throwError(boom))),
  foreign: () => foreign(ending(of('one'))),
  'promised-one': async () => Promise.resolve(ending(of('one'))),
  'promised-error': async () => Promise.resolve(ending(throwError(boom))),
  file: () => new StreamableFile(Readable.from(['be', 'gin'])),
  generator: () => generate(),
  cyclic: () => {
    const cycle: Record<string, unknown> = {};
    return Object.assign(cycle, { cycle });
  },
};

async function* generate(): AsyncGenerator<string> {
  yield 'one';
  await Promise.resolve();
  yield 'two';
}

/** What streams of events are made of. */
const EVENTS: Record<string, () => unknown> = {
  sse: () => ending(of({ data: 'one' })),
  'promised-sse': async () => Promise.resolve(ending(of({ data: 'one' }))),
  'sse-error': () => ending(concat(of({ data: 'one' }), throwError(boom))),
  'endless-sse': () => ending(concat(of({ data: 'one' }), NEVER)),
  'endless-promised-sse': async () => Promise.resolve(ending(concat(of({ data: 'one' }), NEVER))),
};

/** What is still at work when the client leaves. */
const LONG: Record<string, () => unknown> = {
  never: () => ending(NEVER),
  'promised-never': async () => Promise.resolve(ending(NEVER)),
  slow: () => release.promise.then(() => 'fine'),
  'slow-rejected': () => release.promise.then(() => Promise.reject(boom())),
  'slow-observable': () => release.promise.then(() => ending(of('one'))),
};

const define = (site: Type<object>, key: string, decorators: MethodDecorator[], method: object): void => {
  Object.defineProperty(site.prototype, key, { value: method, writable: true, configurable: true });
  for (const decorate of decorators) {
    decorate(site.prototype as object, key, Reflect.getOwnPropertyDescriptor(site.prototype as object, key) ?? {});
  }
  Tasks()(site.prototype as object, key, 0);
};

const returning = (make: () => unknown) => (tasks: BackgroundTasks) => {
  add(tasks, 'task');
  mark('entered');
  return make();
};

/** A controller with a route for each, and `onHandler` on all of them. */
export function resultsSite(onHandler: MethodDecorator): Type<object> {
  @Controller()
  class Results {
    @onHandler
    @Get('not-found')
    @HttpCode(404)
    notFound(@Res({ passthrough: true }) reply: Reply): string {
      reply.background = task('task');
      return 'not here';
    }

    @onHandler
    @Get('sends-error')
    sendsError(@Res() reply: Reply): void {
      reply.background = task('task');
      setImmediate(() => reply.status(500).send('failed'));
    }

    /** Its response is over when it returns what it goes on with. */
    @onHandler
    @Get('sends-and-goes-on')
    async sendsAndGoesOn(@Res() reply: Reply, @Tasks() tasks: BackgroundTasks): Promise<unknown> {
      add(tasks, 'task');
      const raw = (reply.raw ?? reply) as NodeJS.EventEmitter;
      const over = new Promise((resolve) => raw.once('finish', resolve));
      reply.send('fine');
      await over;
      return onceReleased();
    }
  }
  const all = { ...RESULTS, ...LONG };
  for (const [key, make] of Object.entries(all)) {
    define(Results, key, [onHandler, Get(key), UseFilters(AnswersFine)], returning(make));
  }
  for (const [key, make] of Object.entries(EVENTS)) define(Results, key, [onHandler, Sse(key)], returning(make));
  return Results;
}
