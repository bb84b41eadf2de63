import { afterEach, describe, expect, it, jest } from '@jest/globals';

const realSetTimeout = setTimeout;

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** The clocks as they are where they are loaded now. */
async function loadNow(): Promise<typeof import('./clock.js')> {
  let loaded: typeof import('./clock.js') | undefined;
  await jest.isolateModulesAsync(async () => {
    loaded = await import('./clock.js');
  });
  if (loaded === undefined) throw new Error('Cannot load the clocks.');
  return loaded;
}

describe('clocks and timers that were faked before they were looked for', () => {
  it('are the real ones', async () => {
    jest.useFakeTimers({ now: 0 });
    const { after, clock, nextTick, soon, turn } = await loadNow();
    const calls: string[] = [];
    const [began, wall] = [clock.now(), clock.wallTime()];
    nextTick(() => calls.push('tick'));
    soon(() => calls.push('microtask'));
    await turn();
    await new Promise<void>((resolve) => after(5, resolve));
    expect(calls.sort()).toEqual(['microtask', 'tick']);
    // a timer of Node may go off up to a millisecond early
    expect(clock.now() - began).toBeGreaterThan(4);
    expect(wall).toBeGreaterThan(Date.UTC(2025));
  });

  it('are made of promises where nothing is found in the place of ticks', async () => {
    Object.assign(jest.spyOn(process, 'nextTick').mockReturnValue(undefined), { clock: {} });
    const { nextTick } = await loadNow();
    const calls: string[] = [];
    nextTick(() => calls.push('tick'));
    await new Promise((resolve) => realSetTimeout(resolve, 1));
    expect(calls).toEqual(['tick']);
  });
});
