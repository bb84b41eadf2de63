import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeRequest, FakeResponse } from '../../../../../test/harness/fake-exchange.js';
import type { HttpResponse } from './http-response.js';

let request: FakeRequest;
let response: FakeResponse;
let awaited: HttpResponse;
let told: boolean[];

beforeEach(() => {
  request = new FakeRequest();
  response = new FakeResponse(request);
  ({ awaited } = response);
  told = [];
});

describe('a response that is watched again', () => {
  it('tells of its end although somebody had removed all listeners', () => {
    awaited.onceOver((aborted) => told.push(aborted));
    response.removeAllListeners();
    response.on('finish', () => undefined);
    awaited.watchAgain();
    response.finish();
    expect(told).toEqual([false]);
  });

  it('tells of its end where that has been missed, not at once', async () => {
    const first = deferred<boolean>();
    awaited.onceOver((aborted) => {
      told.push(aborted);
      first.resolve(aborted);
    });
    response.removeAllListeners();
    response.finish();
    awaited.watchAgain();
    expect(told).toEqual([]);
    expect(await first.promise).toBe(false);
  });

  it('gets no listener where there is one', () => {
    awaited.onceOver((aborted) => told.push(aborted));
    awaited.watchAgain();
    awaited.watchAgain();
    expect(response.listenerCount('finish')).toBe(1);
  });

  it('gets no listener where nobody watched it, or its end was told', () => {
    awaited.watchAgain();
    expect(response.listenerCount('finish')).toBe(0);
    response.destroyed = true;
    awaited.onceOver((aborted) => told.push(aborted));
    awaited.watchAgain();
    expect(response.listenerCount('finish')).toBe(0);
  });
});
