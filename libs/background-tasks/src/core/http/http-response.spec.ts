import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeRequest, FakeResponse, FakeSocket } from '../../../../../test/harness/fake-exchange.js';
import { HttpResponse } from './http-response.js';
import type { RawResponse } from './raw.js';

let request: FakeRequest;
let response: FakeResponse;

beforeEach(() => {
  request = new FakeRequest();
  response = new FakeResponse(request);
});

/** What was told, and a promise of the first word. */
function watched(of: { raw: RawResponse } = response): { told: boolean[]; first: Promise<boolean> } {
  const told: boolean[] = [];
  const first = deferred<boolean>();
  new HttpResponse(request.raw, of.raw).onceOver((aborted) => {
    told.push(aborted);
    first.resolve(aborted);
  });
  return { told, first: first.promise };
}

describe('the end of a response', () => {
  it('tells once that a response was sent', () => {
    const { told } = watched();
    expect(told).toEqual([]);
    response.finish();
    response.finish();
    response.emit('close');
    expect(told).toEqual([false]);
  });

  it('tells that a response was aborted when it closes before it was sent', () => {
    const { told } = watched();
    response.hangUp();
    expect(told).toEqual([true]);
  });

  it('tells that a response was aborted when its connection was lost before all was written', () => {
    const { told } = watched();
    request.socket.destroyed = true;
    response.finish();
    expect(told).toEqual([true]);
  });

  it('tells that a response was sent when its connection closed after all was written', () => {
    const { told } = watched();
    Object.assign(request.socket, { destroyed: true, writableFinished: true });
    response.finish();
    expect(told).toEqual([false]);
  });

  it('tells that a response was sent on a connection that stays open', () => {
    const { told } = watched();
    request.socket.writableFinished = false;
    response.finish();
    expect(told).toEqual([false]);
  });

  it.each([
    [
      'when its connection closes, where somebody has removed all listeners',
      (): unknown => request.socket.emit('close'),
    ],
    ['when it closes, where somebody has removed those for its end', (): unknown => response.emit('close')],
  ])('tells %s, and is no less complete for that', (_, end) => {
    const { told } = watched();
    response.removeAllListeners('finish');
    response.finish();
    expect(told).toEqual([]);
    end();
    expect(told).toEqual([false]);
  });

  it('tells that it was cut off, where somebody has removed the listeners for its end', () => {
    const { told } = watched();
    response.removeAllListeners('finish');
    response.finish();
    request.socket.destroyed = true;
    response.emit('close');
    expect(told).toEqual([true]);
  });

  it('tells that it was aborted, where somebody ended it when its connection had gone, and nothing told of it', () => {
    request.socket.bytesWritten = 7;
    const { told } = watched();
    Object.assign(request.socket, { destroyed: true, writableFinished: true });
    Object.assign(response, { headersSent: true, writableFinished: true });
    response.emit('close');
    expect(told).toEqual([true]);
  });

  it.each([true, false])('tells whether it had begun: %p', (headersSent) => {
    const told: unknown[] = [];
    response.awaited.onceOver((_, hasBegun) => told.push(hasBegun));
    response.headersSent = headersSent;
    response.hangUp();
    expect(told).toEqual([headersSent]);
  });
});

describe('the end of a response that is over already', () => {
  it.each([
    ['sent', { writableFinished: true, headersSent: true }, false],
    ['finished without a header', { writableFinished: true }, true],
    ['destroyed', { destroyed: true, headersSent: true }, true],
  ])('tells of one that was %s, not at once', async (_, state, aborted) => {
    Object.assign(response, state);
    const { told, first } = watched();
    expect(told).toEqual([]);
    expect(response.listenerCount('finish')).toBe(0);
    expect(await first).toBe(aborted);
  });

  it('tells what it was when asked, not what a late answer makes of it', async () => {
    Object.assign(response, { destroyed: true, headersSent: false, writableFinished: false });
    const { first } = watched();
    Object.assign(response, { headersSent: true, writableFinished: true });
    expect(await first).toBe(true);
  });

  it('tells of one that has lost its connection', async () => {
    request.socket.destroyed = true;
    expect(await watched().first).toBe(true);
  });
});

describe('the end of a pipelined response whose turn has not come', () => {
  beforeEach(() => {
    response = new FakeResponse(request, null);
  });

  it('tells that it was aborted when the connection of its request closes', () => {
    const { told } = watched();
    request.socket.emit('close');
    response.emit('close');
    expect(told).toEqual([true]);
  });

  it('listens once to a connection, however many wait for it', () => {
    const responses = Array.from({ length: 3 }, () => new FakeResponse(request, null));
    const all = responses.map((each) => watched(each));
    expect(request.socket.listenerCount('close')).toBe(1);
    request.socket.emit('close');
    expect(all.map(({ told }) => told)).toEqual([[true], [true], [true]]);
  });

  it('listens to each connection by itself', () => {
    const { told } = watched();
    const other = new FakeSocket();
    request = new FakeRequest(other);
    response = new FakeResponse(request, null);
    const { told: otherTold } = watched();
    other.emit('close');
    expect([told, otherTold]).toEqual([[], [true]]);
  });

  it('forgets the connection when it is over', () => {
    const { told } = watched();
    response.finish();
    request.socket.emit('close');
    expect(told).toEqual([false]);
  });
});
