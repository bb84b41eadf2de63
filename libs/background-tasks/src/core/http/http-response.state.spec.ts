import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeRequest, FakeResponse } from '../../../../../test/harness/fake-exchange.js';
import { decideOutcome } from '../batch/outcome.js';

let response: FakeResponse;

beforeEach(() => {
  response = new FakeResponse(new FakeRequest());
});

describe('a response', () => {
  it.each([
    [false, false, false],
    [true, false, true],
    [true, true, false],
  ])(
    'with its headers sent: %p, written to its end: %p, is streaming: %p',
    (headersSent, writableEnded, isStreaming) => {
      Object.assign(response, { headersSent, writableEnded });
      expect(response.awaited.isStreaming).toBe(isStreaming);
    },
  );

  it('ends as its handler or its status says', () => {
    response.statusCode = 404;
    const ends = (['completed', 'unseen'] as const).map((handler) => decideOutcome(handler, response.awaited, false));
    expect(ends).toEqual(['success', 'failure']);
  });
});
