import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { MessageReply } from './message-reply.js';

let reply: MessageReply;

beforeEach(() => {
  reply = new MessageReply();
});

/** What was told, and a promise of the first word. */
function watched(): { told: boolean[]; first: Promise<boolean> } {
  const told: boolean[] = [];
  const first = deferred<boolean>();
  reply.onceOver((aborted) => {
    told.push(aborted);
    first.resolve(aborted);
  });
  return { told, first: first.promise };
}

describe('MessageReply', () => {
  it('is streaming from its first part to its end', () => {
    expect(reply.isStreaming).toBe(false);
    reply.begin();
    expect(reply.isStreaming).toBe(true);
    reply.end(false);
    expect(reply.isStreaming).toBe(false);
  });

  it.each([true, false])('tells that it is over, not at once, and whether it was aborted: %s', async (aborted) => {
    const { told, first } = watched();
    reply.end(aborted);
    expect(told).toEqual([]);
    expect(await first).toBe(aborted);
  });

  it('tells who asks when it is over already', async () => {
    reply.end(true);
    const { told, first } = watched();
    expect(told).toEqual([]);
    expect(await first).toBe(true);
  });

  it('tells who asks when it has been over for a turn', async () => {
    reply.end(true);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(await watched().first).toBe(true);
  });

  it('tells it once', async () => {
    const { told, first } = watched();
    reply.end(false);
    reply.end(true);
    await first;
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(told).toEqual([false]);
  });

  it('has no status', () => {
    expect(reply.statusCode).toBeUndefined();
  });

  it.each([true, false])('tells whether it had begun: %s', async (hasBegun) => {
    const told = deferred<boolean>();
    reply.onceOver((_, seen) => told.resolve(seen));
    if (hasBegun) reply.begin();
    reply.end(true);
    expect(await told.promise).toBe(hasBegun);
  });
});
