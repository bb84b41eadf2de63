import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clock } from '../core/batch/clock.js';
import { LostClaimError } from './engine.js';
import { Lease } from './lease.js';
import { pause } from './scene.contract.js';

/** Milliseconds. */
const LEASE = 300;

const never = (): Promise<never> => new Promise(() => {});
const failing = (): Promise<never> => Promise.reject(new Error('away'));

describe('the lease of a batch', () => {
  /** One for each time that it was renewed. */
  let renewals: undefined[];
  let renew: () => Promise<boolean>;
  let lease: Lease;

  beforeEach(() => {
    renewals = [];
    renew = () => Promise.resolve(true);
    lease = new Lease({
      batchId: 'b',
      lease: LEASE,
      renew: () => {
        renewals.push(undefined);
        return renew();
      },
      isAnswer: (error) => error instanceof RangeError,
    });
  });

  afterEach(() => lease.end());

  async function untilLost(): Promise<number> {
    const began = clock.now();
    lease.begin();
    await once(lease.signal, 'abort');
    return clock.now() - began;
  }

  it('is renewed until it ends', async () => {
    lease.begin();
    while (renewals.length < 4) await pause();
    expect(lease.signal.aborted).toBe(false);
    lease.end();
    const before = renewals.length;
    const began = clock.now();
    while (clock.now() - began < LEASE) await pause();
    expect(renewals).toHaveLength(before);
  });

  it.each([
    ['the store is away', failing],
    ['the store does not answer', never],
  ])('is lost once %s for as long as it lasts', async (_, answer) => {
    renew = answer;
    expect(await untilLost()).toBeGreaterThanOrEqual(LEASE - 1);
    expect(lease.signal.reason).toEqual(new LostClaimError('b'));
  });

  it('is lost as soon as the store says so, and asks no more', async () => {
    renew = () => Promise.resolve(false);
    await untilLost();
    expect(renewals).toHaveLength(1);
  });

  it('is renewed by what is written', async () => {
    renew = never;
    lease.begin();
    const began = clock.now();
    while (clock.now() - began < 2 * LEASE) {
      expect(await lease.write(() => Promise.resolve(true))).toBe(true);
      await pause();
    }
    expect(lease.signal.aborted).toBe(false);
  });

  it('is lost where what is written finds that another worker has it', async () => {
    expect(await lease.write(() => Promise.resolve(false))).toBe(false);
    expect(lease.signal.aborted).toBe(true);
    await expect(lease.writeOrThrow(() => Promise.resolve(true))).rejects.toEqual(new LostClaimError('b'));
  });

  it('writes nothing once it is lost', async () => {
    lease.lose();
    const asked: string[] = [];
    const write = (): Promise<boolean> => {
      asked.push('write');
      return Promise.resolve(true);
    };
    expect(await lease.write(write)).toBe(false);
    expect(asked).toEqual([]);
  });

  it('tries again what the store did not take', async () => {
    const answers = [failing, () => Promise.resolve(true)];
    await lease.writeOrThrow(() => answers.shift()?.() ?? failing());
    expect(answers).toEqual([]);
  });

  it('does not try again what the store refuses', async () => {
    const refused = new RangeError('no such column');
    const answers = [() => Promise.reject(refused), () => Promise.resolve(true)];
    await expect(lease.write(() => answers.shift()?.() ?? failing())).rejects.toBe(refused);
    expect(answers).toHaveLength(1);
  });

  it('waits no longer for what is being written once it is lost', async () => {
    const writing = lease.write(never);
    lease.lose();
    expect(await writing).toBe(false);
  });
});
