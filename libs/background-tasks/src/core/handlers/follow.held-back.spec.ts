import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Observable, of } from 'rxjs';
import { type Deferred, deferred } from '../../../../../test/harness/deferred.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { OwnCall } from '../calls/own-call.js';
import { followAnswers, followMethod } from './follow.js';

const boom = new Error('boom');
const fail = (): never => {
  throw boom;
};

/** A call whose completion waits for what `beforeCompletion` returns. */
class Held extends OwnCall {
  override readonly beforeCompletion = jest.fn((): Promise<void> | undefined => hold);
}

let hold: Promise<void> | undefined;
let held: Deferred;
let by: Held;

beforeEach(() => {
  held = deferred();
  hold = held.promise;
  by = new Held(new RecordingRunner().application);
});

const follow = (method: () => unknown): unknown => followMethod(by, method, {}, []);

const lastOf = (result: unknown): Promise<unknown> =>
  new Promise((resolve, reject) => {
    let last: unknown;
    const complete = (): void => resolve(last);
    (result as Observable<unknown>).subscribe({ next: (value) => (last = value), error: reject, complete });
  });

const ways: Array<[string, () => Promise<unknown>]> = [
  ['by a value', async () => follow(() => 'fine')],
  ['by a promise', async () => follow(() => Promise.resolve('fine'))],
  ['by an observable', async () => lastOf(follow(() => of('fine')))],
  ['by the answers of an interceptor', async () => lastOf(followAnswers(by, of('fine')))],
];

describe.each(ways)('a call whose completion is held back, answered %s,', (_, answer) => {
  it('completes once that is settled, and is asked once', async () => {
    const result = answer();
    await turn();
    expect([by.state, by.beforeCompletion.mock.calls.length]).toEqual(['running', 1]);
    held.resolve();
    expect(await result).toBe('fine');
    expect([by.state, by.beforeCompletion.mock.calls.length]).toEqual(['completed', 1]);
  });

  it('fails where that rejects', async () => {
    const result = answer();
    held.reject(boom);
    await expect(result).rejects.toBe(boom);
    expect(by.state).toBe('errored');
  });

  it('fails where asking throws', async () => {
    by.beforeCompletion.mockImplementation(fail);
    await expect(answer()).rejects.toBe(boom);
    expect(by.state).toBe('errored');
  });

  it('completes at once where nothing holds it back', async () => {
    hold = undefined;
    expect(await answer()).toBe('fine');
    expect(by.state).toBe('completed');
  });
});

describe('a call that has failed', () => {
  it('is not asked what holds back its completion', () => {
    expect(() => follow(fail)).toThrow(boom);
    expect(by.beforeCompletion).not.toHaveBeenCalled();
  });
});
