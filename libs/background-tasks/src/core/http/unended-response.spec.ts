import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FakeResponse } from '../../../../../test/harness/fake-exchange.js';

/** The timers that were made, and whether each keeps the process alive or was called off. */
interface FakeTimer {
  readonly callback: () => void;
  readonly milliseconds: number;
  isReferenced: boolean;
  isCalledOff: boolean;
}

const timers: FakeTimer[] = [];

jest.unstable_mockModule('node:timers', () => ({
  setImmediate,
  setTimeout: (callback: () => void, milliseconds: number) => {
    const timer: FakeTimer = { callback, milliseconds, isReferenced: true, isCalledOff: false };
    timers.push(timer);
    return Object.assign(timer, { unref: () => Object.assign(timer, { isReferenced: false }) });
  },
  clearTimeout: (timer: FakeTimer) => void (timer.isCalledOff = true),
}));

const { FakeRequest, FakeResponse: Response } = await import('../../../../../test/harness/fake-exchange.js');
const { UnendedResponse } = await import('./unended-response.js');

let response: FakeResponse;
let told: string[];

beforeEach(() => {
  response = new Response(new FakeRequest());
  told = [];
  timers.length = 0;
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(() => {
  jest.resetModules();
});

const wait = () =>
  new UnendedResponse(response.raw).onceEnded(() => told.push(response.writableEnded ? 'ended' : 'given up'));

describe('a response that nobody has ended', () => {
  it('tells once that somebody has, with all that is written then', () => {
    wait();
    expect(told).toEqual([]);
    expect(response.end('last', 'utf8')).toEqual(['last', 'utf8']);
    response.end();
    expect(told).toEqual(['ended']);
    expect(timers[0]?.isCalledOff).toBe(true);
  });

  it('tells it also where the end throws, and lets that through', () => {
    const boom = new Error('boom');
    response.end = () => {
      throw boom;
    };
    wait();
    expect(() => response.end()).toThrow(boom);
    expect(told).toEqual(['given up']);
  });

  it('tells once that nobody has, after half a minute that keeps no process alive', () => {
    wait();
    expect(timers).toMatchObject([{ milliseconds: 30_000, isReferenced: false, isCalledOff: false }]);
    timers[0]?.callback();
    response.end();
    expect(told).toEqual(['given up']);
  });

  it('tells nothing once it is forgotten', () => {
    wait()?.forget();
    response.end();
    expect(told).toEqual([]);
    expect(timers[0]?.isCalledOff).toBe(true);
  });

  it('is as it was before when it has told: with the end of all responses', () => {
    wait();
    expect(Object.hasOwn(response, 'end')).toBe(true);
    response.end();
    expect(Object.hasOwn(response, 'end')).toBe(false);
  });

  it('is as it was before when it has told: with an end of its own', () => {
    const own = (): string[] => ['wrapped'];
    Object.defineProperty(response, 'end', { value: own, configurable: true, enumerable: true, writable: false });
    const before = Object.getOwnPropertyDescriptor(response, 'end');
    wait();
    expect(response.end()).toEqual(['wrapped']);
    expect(Object.getOwnPropertyDescriptor(response, 'end')).toEqual(before);
  });

  it.each<[string, (unended: InstanceType<typeof UnendedResponse>) => unknown]>([
    ['ended', () => response.end()],
    ['given up', () => timers[0]?.callback()],
    ['forgotten', (unended) => unended.forget()],
  ])('is not waited for once it was %s', (_, act) => {
    const unended = new UnendedResponse(response.raw);
    act(unended);
    expect(unended.onceEnded(() => told.push('told'))).toBeUndefined();
    response.end();
    expect(told).toEqual([]);
  });

  it('leaves alone who has wrapped its end since', () => {
    wait();
    const ours = response.end.bind(response);
    const theirs = (...written: unknown[]): unknown[] => ours('wrapped', ...written);
    response.end = theirs;
    expect(response.end('last')).toEqual(['wrapped', 'last']);
    expect(Reflect.get(response, 'end')).toBe(theirs);
    expect(response.end()).toEqual(['wrapped']);
    expect(told).toEqual(['ended']);
  });
});
