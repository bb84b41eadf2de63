import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeRequest, FakeResponse } from '../../../../../test/harness/fake-exchange.js';

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

  it('has the status of the one that it stands for', () => {
    const { awaited } = response;
    response.statusCode = 404;
    expect(awaited.statusCode).toBe(404);
  });
});
