import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Controller, type Provider } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { WebSocketGateway } from '@nestjs/websockets';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { gatewaysOf, handlerClassesOf, methodsOf } from './handler-classes.js';
import { KEYS } from './metadata.js';

@Controller()
class Site {}

@WebSocketGateway()
class Gateway {}

/** As `@Query()` does, without the weight of GraphQL. */
const query: MethodDecorator = (_, __, { value }: PropertyDescriptor) =>
  Reflect.defineMetadata(KEYS.RESOLVER_TYPE_METADATA, 'Query', value as object);

class Resolver {
  other(): void {}

  @query
  names(): void {}
}

class Service {
  names(): void {}
}

const providedAs: Array<[string, (provided: new () => object) => Provider[]]> = [
  ['itself', (provided) => [provided]],
  ['a class under another token', (provided) => [{ provide: 'token', useClass: provided }]],
  ['what a factory makes under its class', (provided) => [{ provide: provided, useFactory: () => new provided() }]],
  ['what a factory makes under another token', (provided) => [{ provide: 't', useFactory: () => new provided() }]],
  ['a value under another token', (provided) => [{ provide: 'token', useValue: new provided() }]],
  ['a value under its class', (provided) => [{ provide: provided, useValue: { instead: true } }]],
  ['an alias of itself', (provided) => [provided, { provide: 'token', useExisting: provided }]],
];

describe('handlerClassesOf', () => {
  it('tells the controllers, the gateways and the resolvers, and nothing else', async () => {
    const modules = await modulesOf({ controllers: [Site], providers: [Resolver, Service, Gateway] });
    expect(handlerClassesOf(modules)).toEqual([Site, Gateway, Resolver]);
  });

  it('looks into every module', async () => {
    @Controller()
    class Other {}
    class Module {}
    const imported = { module: Module, controllers: [Other], providers: [Gateway] };
    const modules = await modulesOf({ imports: [imported], controllers: [Site] });
    expect(new Set(handlerClassesOf(modules))).toEqual(new Set([Site, Other, Gateway]));
  });

  it.each(providedAs)('knows a resolver that is provided as %s', async (_, provide) => {
    expect(handlerClassesOf(await modulesOf({ providers: provide(Resolver) }))).toEqual([Resolver]);
  });

  it('knows one that inherits its resolvers', async () => {
    class Heir extends Resolver {}
    expect(handlerClassesOf(await modulesOf({ providers: [Heir] }))).toEqual([Heir]);
  });

  it('ignores a controller without a class', () => {
    const controllers = new Map([[Site, { metatype: null }]]);
    const modules = new Map([['module', { controllers, providers: new Map() }]]);
    expect(handlerClassesOf(modules as unknown as ModulesContainer)).toEqual([]);
  });
});

describe('gatewaysOf', () => {
  it('tells no controller and no resolver', async () => {
    expect(gatewaysOf(await modulesOf({ controllers: [Site], providers: [Resolver, Service] }))).toEqual([]);
  });

  it.each(providedAs)('knows a gateway that is provided as %s', async (_, provide) => {
    expect(gatewaysOf(await modulesOf({ providers: provide(Gateway) }))).toEqual([Gateway]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'gateway'],
    ['an object without a prototype', Object.create(null)],
    ['an object whose prototype has no constructor', Object.create(Object.create(null) as object)],
    ['a function', () => undefined],
  ])('is not deterred by what a factory makes: %s', async (_, value) => {
    const providers = [{ provide: 'first', useFactory: () => value }, Gateway];
    expect(gatewaysOf(await modulesOf({ providers }))).toEqual([Gateway]);
  });

  it.each<[string, (refuse: () => never) => object]>([
    [
      'an object that computes its constructor',
      (get) => Object.create(Object.defineProperty({}, 'constructor', { get })),
    ],
    [
      'a proxy',
      (refuse) =>
        new Proxy(new Gateway(), { get: refuse, has: refuse, getOwnPropertyDescriptor: refuse, ownKeys: refuse }),
    ],
  ])('never asks a value what it is: %s', (_, make) => {
    const instance = make(() => {
      throw new Error('Nobody is to ask for this.');
    });
    // Nest does ask
    const providers = new Map<string, object>([
      ['asked', { token: 'asked', metatype: null, instance }],
      ['next', { token: 'next', metatype: Gateway }],
    ]);
    const modules = new Map([['module', { controllers: new Map(), providers }]]);
    expect(gatewaysOf(modules as unknown as ModulesContainer)).toEqual([Gateway]);
  });
});

describe('methodsOf', () => {
  const symbol = Symbol('method');

  class Base {
    overridden(): void {}
    inherited(): void {}
  }

  class Heir extends Base {
    static ofClass(): void {}
    get computed(): never {
      throw new Error('Nobody is to ask for this.');
    }
    override overridden(): void {}
    [symbol](): void {}
  }
  Object.assign(Heir.prototype, { text: 'no method', assigned: () => undefined });

  it('tells those of the class, then those that it inherits, each once', () => {
    expect(methodsOf(Heir).map(({ key }) => key)).toEqual(['overridden', 'assigned', symbol, 'inherited']);
  });

  it('tells of each what would be called', () => {
    for (const { key, method } of methodsOf(Heir)) expect(method).toBe(Reflect.get(Heir.prototype, key));
  });

  it('goes through a class of another realm to its end', () => {
    const foreign = runInContext('class Foreign { handler() {} }; Foreign', createContext()) as typeof Service;
    const [first, ...rest] = methodsOf(foreign);
    expect(first).toEqual({ key: 'handler', method: Reflect.get(foreign.prototype, 'handler') });
    expect(rest.map(({ key }) => key)).not.toContain('constructor');
  });
});
