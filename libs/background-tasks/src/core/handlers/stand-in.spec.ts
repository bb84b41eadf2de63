import { beforeEach, describe, expect, it } from '@jest/globals';
import { leadsToStandIn, putStandIn, type StandIn, standInOf } from './stand-in.js';

const KEY = Symbol('key');
const NOWHERE = { tasks: undefined, response: undefined };

class Site {
  handler(...args: unknown[]): unknown[] {
    return [this, args];
  }
}

/** A class of its own for each test: what stands in for a method stays there. */
let Own: typeof Site;
let own: Site['handler'];
let site: Site;

const methodOf = (of: object, key: string | symbol = 'handler'): Site['handler'] => Reflect.get(of, key) as never;

beforeEach(() => {
  Own = class extends Site {
    override handler(...args: unknown[]): unknown[] {
      return super.handler(...args);
    }
  };
  own = methodOf(Own.prototype);
  site = new Own();
});

function put(): StandIn {
  const standIn = putStandIn(Own.prototype, 'handler', NOWHERE);
  if (standIn === undefined) throw new Error('nothing stands in');
  return standIn;
}

describe('what stands in for a method', () => {
  it('is called in its place', () => {
    const { method } = put();
    expect(methodOf(site)).toBe(method);
    expect(site.handler(1, 'two')).toEqual([site, [1, 'two']]);
    expect(methodOf(site)).not.toBe(own);
  });

  it('looks like it', () => {
    Object.assign(own, { property: 1, [KEY]: 2 });
    Reflect.defineMetadata('own', 'one', own);
    const { method } = put();
    Reflect.defineMetadata('later', 'two', own);
    expect([method.name, method.length]).toEqual([own.name, own.length]);
    expect([Object.keys(method), Reflect.get(method, KEY)]).toEqual([['property'], 2]);
    expect('prototype' in method).toBe(false);
    expect(Object.getPrototypeOf(method)).toBe(own);
    expect(Reflect.getOwnMetadata('own', method)).toBe('one');
    expect(Reflect.getMetadata('later', method)).toBe('two');
  });

  it('looks like one that is a class, or frozen, or of old', () => {
    function old(this: unknown): unknown {
      return this;
    }
    Object.defineProperty(Own.prototype, 'handler', { value: Object.freeze(old), writable: true });
    const { method } = put();
    expect(Reflect.get(method, 'prototype')).toBe(old.prototype);
    expect(site.handler()).toBe(site);
    expect(Object.isExtensible(method)).toBe(true);
  });

  it('stands where the method is, and but once', () => {
    class Heir extends Own {}
    const standIn = putStandIn(Heir.prototype, 'handler', NOWHERE);
    expect(Object.hasOwn(Heir.prototype, 'handler')).toBe(false);
    expect(standInOf(methodOf(Own.prototype))).toBe(standIn);
    expect(put()).toBe(standIn);
  });

  it('has any key', () => {
    Object.defineProperty(Own.prototype, KEY, { value: own, configurable: true });
    const standIn = putStandIn(Own.prototype, KEY, NOWHERE);
    expect(methodOf(site, KEY)).toBe(standIn?.method);
    expect(Reflect.getOwnPropertyDescriptor(Own.prototype, KEY)).toMatchObject({ writable: false, enumerable: false });
  });

  it.each<[string, () => unknown]>([
    ['there is an accessor', () => Object.defineProperty(Own.prototype, 'handler', { get: () => own })],
    ['there is something else', () => Object.defineProperty(Own.prototype, 'handler', { value: {} })],
    ['the prototype is frozen', () => Object.freeze(Own.prototype)],
  ])('is nothing where %s', (_, change) => {
    change();
    const before = Reflect.getOwnPropertyDescriptor(Own.prototype, 'handler');
    expect(putStandIn(Own.prototype, 'handler', NOWHERE)).toBeUndefined();
    expect(Reflect.getOwnPropertyDescriptor(Own.prototype, 'handler')).toEqual(before);
  });

  it('is nothing where there is no method', () => {
    expect(putStandIn(Own.prototype, 'none', NOWHERE)).toBeUndefined();
    expect(Reflect.has(Own.prototype, 'none')).toBe(false);
  });
});

describe('leadsToStandIn', () => {
  it('tells what is put around it, and not the method, nor another', () => {
    const { method } = put();
    const wrapper = (): void => undefined;
    for (const key of Reflect.getMetadataKeys(method) as string[]) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapper);
    }
    expect([method, new Proxy(method, {}), wrapper].map(leadsToStandIn)).toEqual([true, true, true]);
    expect([own, methodOf(Site.prototype), () => undefined].map(leadsToStandIn)).toEqual([false, false, false]);
    expect(standInOf(wrapper)).toBeUndefined();
  });
});
