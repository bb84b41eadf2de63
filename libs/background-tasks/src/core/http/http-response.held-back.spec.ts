import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { request } from '../../../../../test/harness/application.js';
import { serve, turn } from '../../../../../test/harness/bare-server.js';
import { deferred } from '../../../../../test/harness/deferred.js';
import { HttpResponse } from './http-response.js';

interface Answering {
  readonly awaited: HttpResponse;
  readonly response: ServerResponse;
}

/** A response that has sent its first byte, which waits for something to be stored. */
async function heldBack() {
  const stored = deferred();
  const answering = deferred<Answering>();
  const server = await serve((incoming, response) => {
    const awaited = new HttpResponse(incoming, response);
    awaited.holdBack(() => stored.promise);
    response.write('first');
    answering.resolve({ awaited, response });
  });
  const received = request(server, '/');
  return { received, stored, ...(await answering.promise) };
}

describe('a response whose first byte is held back', () => {
  it('does not stream, whatever it says to whoever writes it, until that is out', async () => {
    const { awaited, response, stored, received } = await heldBack();
    expect(response.headersSent).toBe(true);
    expect(awaited.isStreaming).toBe(false);
    stored.resolve();
    await turn();
    expect(awaited.isStreaming).toBe(true);
    response.end();
    expect((await received).body).toBe('first');
  });

  it('had not begun where its connection is lost meanwhile', async () => {
    const { awaited, response, received } = await heldBack();
    const over = deferred<boolean>();
    awaited.onceOver((_, hasBegun) => over.resolve(hasBegun === true));
    response.socket?.destroy();
    await expect(received).rejects.toThrow('socket hang up');
    expect(await over.promise).toBe(false);
  });
});
