import { AsyncResource } from 'node:async_hooks';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { expectSame } from '../../../../../../test/harness/expect-same.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import type { Application } from '../../calls/application.js';
import { ServedRequest } from '../request.js';
import { enterAtEveryHook, enterAtEveryMiddleware, type Meet } from './fastify-hooks.js';

type Fn = (...args: unknown[]) => unknown;

/** What stands for an instance: it keeps what it is given. */
class Instance {
  readonly given: unknown[][] = [];
  readonly hooks = {
    onRequest: new Array<Fn>(),
    onReady: new Array<Fn>(),
    add(name: 'onRequest' | 'onReady', fn: Fn): void {
      this[name].push(fn);
    },
  };

  constructor() {
    // by a symbol that nobody exports
    Object.assign(this, { [Symbol('another')]: {}, [Symbol('fastify.hooks')]: this.hooks });
  }

  addHook(...args: unknown[]): void {
    this.given.push(args);
  }

  use(...args: unknown[]): void {
    this.given.push(args);
  }
}

let application: Application;
let instance: Instance;
let request: FakeRequest;
let response: FakeResponse;
let meet: jest.Mock<Meet>;
let seen: unknown[];

beforeEach(() => {
  ({ application } = new RecordingRunner());
  instance = new Instance();
  request = new FakeRequest();
  response = new FakeResponse(request);
  meet = jest.fn();
  seen = [];
});

const look = (...args: unknown[]): unknown => (seen.push(application.currentCall.served), args.at(-1));
const served = () => ServedRequest.of(request.raw, application);
const wrapped = () => [{ raw: request }, { raw: response }, 'done'];

/** The function that was given last. */
const last = (): Fn => instance.given.at(-1)?.at(-1) as Fn;

describe('a step of a request on Fastify', () => {
  beforeEach(() => enterAtEveryHook(instance, application, meet));

  it.each<[string, () => unknown[]]>([
    ['wrapped', wrapped],
    ['bare, as middleware gets it', () => [request, response, 'done']],
    ['behind an error', () => [new Error('boom'), ...wrapped()]],
  ])('is called with its request as what is served: %s', (_, args) => {
    instance.addHook('onRequest', look);
    expect(last()(...args())).toBe('done');
    expectSame(seen, served());
    expectSame(meet.mock.calls.flat(), request, response);
  });

  it('is so in the context of another request', () => {
    const other = new FakeRequest();
    const elsewhere = ServedRequest.enter(other.raw, application, () => new AsyncResource('elsewhere'));
    instance.use('/path', look);
    elsewhere.runInAsyncScope(() => last()(request, response));
    expectSame(seen, served());
  });

  it('is called as before for one that became a WebSocket, and for no request', () => {
    instance.use(look);
    Object.assign(request, { upgrade: true });
    last()(request, response);
    last()('no request');
    expectSame(seen, undefined, undefined);
    expect(meet).not.toHaveBeenCalled();
  });

  it('has no response to meet where it was given up', () => {
    instance.addHook('onRequestAbort', look);
    last()({ raw: request }, () => undefined);
    expectSame(seen, served());
    expect(meet).not.toHaveBeenCalled();
  });

  it('looks to Fastify like itself', async () => {
    async function hook(_request: unknown, _reply: unknown): Promise<void> {}
    instance.addHook('preHandler', hook);
    expect([last().name, last().length, last().constructor]).toEqual(['hook', 2, hook.constructor]);
    await last()(...wrapped());
  });

  it('may be one of several, or have a path', () => {
    instance.use('/path', [look, look]);
    const [path, middlewares] = instance.given.at(-1) as [string, Fn[]];
    expect(path).toBe('/path');
    for (const each of middlewares) each(request, response);
    expectSame(seen, served(), served());
  });

  it('is not what is called for the instance', () => {
    instance.addHook('onReady', look);
    expect(last()).toBe(look);
    instance.hooks.add('onReady', look);
    expectSame(instance.hooks.onReady, look);
  });

  it('may be of a route', () => {
    const route = { handler: look, preHandler: [look], onSend: look, url: '/' };
    const [, onRoute] = instance.given.find(([name]) => name === 'onRoute') as [string, Fn];
    onRoute(route);
    for (const step of [route.handler, route.preHandler[0], route.onSend]) step?.(...wrapped());
    expectSame(seen, served(), served(), served());
    expect(route.url).toBe('/');
  });
});

describe('a hook that an instance has already', () => {
  it('is called with its request as what is served, and so is what is added to its list', () => {
    instance.hooks.add('onRequest', look);
    enterAtEveryHook(instance, application, meet);
    instance.hooks.add('onRequest', look);
    for (const hook of instance.hooks.onRequest) hook(...wrapped());
    expectSame(seen, served(), served());
  });

  it('is wrapped once', () => {
    enterAtEveryHook(instance, application, meet);
    instance.addHook('onRequest', look);
    const entering = last();
    instance.hooks.add('onRequest', entering);
    expectSame(instance.hooks.onRequest, entering);
  });
});

describe('middleware that an adapter is given', () => {
  it('is called with its request as what is served', () => {
    enterAtEveryMiddleware(instance, application, meet);
    instance.use(look);
    last()(request, response);
    expectSame(seen, served());
  });

  it('may be impossible', () => {
    const adapter = {};
    enterAtEveryMiddleware(adapter, application, meet);
    expect(adapter).toEqual({});
  });
});
