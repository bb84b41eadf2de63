import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { after, clock, LONGEST_TIMER, nextTick, setImmediate, setTimeout, soon, turn } from './clock.js';

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('the clocks', () => {
  it('go on where a test has put others in their places', async () => {
    jest.useFakeTimers({ now: 0 });
    const [began, wall] = [clock.now(), clock.wallTime()];
    const globals = performance.now();
    await new Promise<void>((resolve) => after(5, resolve));
    expect(performance.now()).toBe(globals);
    // a timer of Node may go off up to a millisecond early
    expect(clock.now() - began).toBeGreaterThan(4);
    expect(wall).toBeGreaterThan(Date.UTC(2025));
  });

  it('go on where somebody has replaced what they are read with', () => {
    jest.spyOn(performance, 'now').mockReturnValue(-1);
    jest.spyOn(Date, 'now').mockReturnValue(-1);
    expect(clock.now()).toBeGreaterThan(0);
    expect(clock.wallTime()).toBeGreaterThan(0);
  });
});

describe('the timers', () => {
  it('go off where a test has put others in their places', async () => {
    jest.useFakeTimers();
    const calls: string[] = [];
    const call = (name: string) => (): void => void calls.push(name);
    soon(call('microtask'));
    nextTick(call('tick'));
    setImmediate(call('immediate'));
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
    await turn();
    expect(calls.sort()).toEqual(['immediate', 'microtask', 'tick']);
  });
});

describe('a wait', () => {
  /** The waits that timers were asked for; those that Node can make only. */
  const waits = (timeouts: jest.SpiedFunction<typeof clock.now>): number => timeouts.mock.calls.length;

  it('can be ended before it is over', async () => {
    const callback = jest.fn();
    after(1, callback)();
    await new Promise<void>((resolve) => after(5, resolve));
    expect(callback).not.toHaveBeenCalled();
  });

  it.each([LONGEST_TIMER + 1, 2 ** 40, Infinity])('of %d ms is not over at once', async (milliseconds) => {
    const callback = jest.fn();
    const cancel = after(milliseconds, callback);
    // Node makes 1 ms of what its timers cannot wait
    await new Promise<void>((resolve) => after(5, resolve));
    expect(callback).not.toHaveBeenCalled();
    cancel();
  });

  it('reads the clock once where a timer can wait so long', () => {
    const now = jest.spyOn(clock, 'now');
    after(LONGEST_TIMER, () => undefined)();
    expect(waits(now)).toBe(1);
  });
});
