import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeRequest, FakeSocket } from '../../../../../test/harness/fake-exchange.js';
import { HttpResponse } from './http-response.js';
import type { RawResponse } from './raw.js';

/** One whose client has left: on HTTP/2, `end()` does nothing any more. */
class LeftResponse extends EventEmitter {
  readonly stream = Object.assign(new EventEmitter(), { session: {}, destroyed: true, writableFinished: false });
  readonly writableEnded = false;
  readonly headersSent = false;
  readonly socket = null;

  end(): void {}
}

async function abandonedAfter(act: (response: LeftResponse) => void): Promise<boolean> {
  const response = new LeftResponse();
  const awaited = new HttpResponse(new FakeRequest(new FakeSocket(), 2).raw, response as unknown as RawResponse);
  const over = deferred<boolean>();
  awaited.onceOver((aborted) => over.resolve(aborted));
  act(response);
  expect(await over.promise).toBe(true);
  expect(Object.hasOwn(response, 'end')).toBe(false);
  const abandoned = awaited.abandoned(() => undefined);
  abandoned?.forget();
  return abandoned !== undefined;
}

describe('a response of HTTP/2 whose client had left when the first task was added', () => {
  it('is abandoned while nobody has ended it', async () => {
    expect(await abandonedAfter(() => undefined)).toBe(true);
  });

  it('is not abandoned if somebody ends it before it is told to be over', async () => {
    expect(await abandonedAfter((response) => response.end())).toBe(false);
  });
});
