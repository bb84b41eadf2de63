import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeRequest, FakeSocket } from '../../../../../test/harness/fake-exchange.js';
import { HttpResponse } from './http-response.js';
import type { RawResponse } from './raw.js';

let request: FakeRequest;

beforeEach(() => {
  request = new FakeRequest();
});

/** What was told, and a promise of the first word. */
function watched(of: { raw: RawResponse }): { told: boolean[]; first: Promise<boolean> } {
  const told: boolean[] = [];
  const first = deferred<boolean>();
  new HttpResponse(request.raw, of.raw).onceOver((aborted) => {
    told.push(aborted);
    first.resolve(aborted);
  });
  return { told, first: first.promise };
}

describe('the end of a response of HTTP/2', () => {
  class FakeHttp2Response extends EventEmitter {
    readonly stream = Object.assign(new EventEmitter(), { session: {}, destroyed: false, writableFinished: false });
    writableEnded = false;

    /** There is none for a response of HTTP/2. */
    readonly socket = null;

    get raw(): RawResponse {
      return this as unknown as RawResponse;
    }
  }

  let http2: FakeHttp2Response;

  beforeEach(() => {
    http2 = new FakeHttp2Response();
    request = new FakeRequest(new FakeSocket(), 2);
  });

  it.each([
    ['sent', true, true, false],
    ['cancelled before its end was written', false, true, true],
    ['cancelled before its stream was written', true, false, true],
  ])('tells of one that was %s', (_, writableEnded, writableFinished, aborted) => {
    const { told } = watched(http2);
    http2.writableEnded = writableEnded;
    http2.stream.writableFinished = writableFinished;
    http2.emit('finish');
    expect(told).toEqual([aborted]);
  });

  it.each([
    ['sent', true, false],
    ['cancelled', false, true],
  ])(
    'tells of one that was %s when its stream closes, where somebody has removed all listeners',
    (_, isWritten, aborted) => {
      const { told } = watched(http2);
      http2.removeAllListeners();
      http2.writableEnded = http2.stream.writableFinished = isWritten;
      http2.stream.emit('close');
      expect(told).toEqual([aborted]);
    },
  );

  it('does not listen to the connection, which many share', () => {
    expect(watched(http2).told).toEqual([]);
    expect(request.socket.listenerCount('close')).toBe(0);
  });

  it.each([
    ['sent', true, false],
    ['cancelled', false, true],
  ])('tells of one that was %s and whose stream is gone already', async (_, isWritten, aborted) => {
    http2.writableEnded = isWritten;
    Object.assign(http2.stream, { destroyed: true, writableFinished: isWritten });
    const { told, first } = watched(http2);
    expect(told).toEqual([]);
    expect(await first).toBe(aborted);
  });

  describe('that is ended when its stream is gone', () => {
    let told: string[];

    beforeEach(() => {
      Object.assign(http2.stream, { destroyed: true });
      // as Node's: it changes nothing any more
      Object.assign(http2, { end: () => undefined });
      told = [];
    });

    /** What is told of a response, and whether somebody still has to end it. */
    const settles = (): Promise<void> =>
      new Promise((resolve) => {
        const response = new HttpResponse(request.raw, http2.raw);
        response.onceOver(() => {
          const abandoned = response.abandoned(() => told.push('ended'));
          told.push(abandoned === undefined ? 'over' : 'abandoned');
          resolve();
        });
      });

    it('is not waited for where that came before it could be told', async () => {
      const settled = settles();
      Reflect.apply(Reflect.get(http2, 'end') as () => void, http2, []);
      await settled;
      expect(told).toEqual(['over']);
    });

    it('is not waited for where somebody does that who listened to its stream before', async () => {
      Object.assign(http2.stream, { destroyed: false });
      http2.stream.on('close', () => Reflect.apply(Reflect.get(http2, 'end') as () => void, http2, []));
      const own: unknown = Reflect.get(http2, 'end');
      const settled = settles();
      http2.stream.emit('close');
      await settled;
      expect(told).toEqual(['over']);
      expect(Reflect.get(http2, 'end')).toBe(own);
    });

    it('is waited for where that comes later', async () => {
      await settles();
      Reflect.apply(Reflect.get(http2, 'end') as () => void, http2, []);
      expect(told).toEqual(['abandoned', 'ended']);
    });

    it('has its own end again where nobody asked', async () => {
      const own: unknown = Reflect.get(http2, 'end');
      const over = new Promise<void>((resolve) => new HttpResponse(request.raw, http2.raw).onceOver(() => resolve()));
      expect(Reflect.get(http2, 'end')).not.toBe(own);
      await over;
      await new Promise((resolve) => setImmediate(resolve));
      expect(Reflect.get(http2, 'end')).toBe(own);
    });
  });
});
