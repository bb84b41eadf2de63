import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { FakeRequest, FakeResponse } from '../../../../../test/harness/fake-exchange.js';
import { isHttp2, isRawResponse, missingOfRequest, rawRequestOf, type RawResponse, rawResponseOf } from './raw.js';

const request = { method: 'GET', headers: {}, socket: {} };

describe("Node's own request", () => {
  it.each<[string, unknown]>([
    ['where it is handed out bare', request],
    ['inside what a platform wraps around it', { raw: request, method: 'GET', headers: {}, socket: {} }],
    ['rather than what a platform calls by the same names', { ...request, raw: request }],
  ])('is found %s', (_, given) => {
    expect(rawRequestOf(given)).toBe(given === request ? given : request);
  });

  it.each<[string, unknown]>([
    ['a text', 'raw'],
    ['nothing', null],
    ['an object without its fields', {}],
    ['a function with its fields', Object.assign(() => undefined, request)],
  ])('is not mistaken for what is called `raw` beside it: %s', (_, raw) => {
    const bare = { ...request, raw };
    expect(rawRequestOf(bare)).toBe(bare);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'request'],
    ['a function', Object.assign(() => undefined, request)],
    ['an object without a method', { ...without('method') }],
    ['an object without headers', { ...without('headers') }],
    ['an object without a connection', { ...without('socket') }],
    ['an object around such a one', { raw: without('socket') }],
    ['an object around nothing', { raw: null }],
  ])('is not there in %s', (_, given) => {
    expect(rawRequestOf(given)).toBeUndefined();
  });

  it('is told what it lacks, if it looks like one', () => {
    expect(missingOfRequest(request)).toEqual([]);
    expect(missingOfRequest(without('socket'))).toEqual(['socket']);
    expect(missingOfRequest({ method: 'GET' })).toEqual(['headers', 'socket']);
    for (const other of [without('method'), {}, null, undefined, 'method']) expect(missingOfRequest(other)).toEqual([]);
  });

  function without(name: keyof typeof request): object {
    const { [name]: _, ...others } = request;
    return others;
  }
});

describe('what has the prototype of a request of Node, as mocks have', () => {
  const mock = (fields: object): object => Object.assign(Object.create(IncomingMessage.prototype) as object, fields);

  it.each<[string, object, unknown]>([
    ['one of Node', new IncomingMessage(new Socket()), 'itself'],
    ['a mock with everything', mock({ method: 'GET', headers: {}, socket: {} }), 'itself'],
    ['a mock without a connection', mock({ method: 'GET' }), undefined],
    ['a mock without a method', mock({ socket: {} }), undefined],
    ['a mock around a request', mock({ socket: {}, raw: request }), request],
  ])('is a request if it has the parts of one: %s', (_, given, expected) => {
    expect(rawRequestOf(given)).toBe(expected === 'itself' ? given : expected);
  });
});

describe("Node's own request, with a namesake", () => {
  it('is found although somebody keeps another request in its `raw`', () => {
    const bare = new FakeRequest();
    Object.defineProperty(bare, 'raw', { value: request });
    expect(rawRequestOf(bare)).toBe(bare);
  });
});

describe("Node's own response", () => {
  it('is found bare, and inside what a platform wraps around it', () => {
    const { raw } = new FakeResponse(new FakeRequest());
    const bare = { statusCode: 200 } as typeof raw;
    expect(rawResponseOf(bare)).toBe(bare);
    expect(rawResponseOf({ raw })).toBe(raw);
  });

  it.each<[string, unknown]>([
    ['bytes', Buffer.from('x')],
    ['another response', new FakeResponse(new FakeRequest())],
    ['nothing', null],
  ])('is the bare one where somebody keeps %s in its `raw`', (_, kept) => {
    const bare = Object.assign(new FakeResponse(new FakeRequest()).raw, {});
    Object.defineProperty(bare, 'raw', { value: kept });
    expect(rawResponseOf(bare)).toBe(bare);
  });

  it.each([undefined, null, 'text', {}, { headersSent: true }, { writableEnded: true }])('is not %p', (given) => {
    expect(isRawResponse(given)).toBe(false);
  });

  it('is the bare one also where that has a `raw` of nothing', () => {
    const bare = { raw: undefined };
    expect(rawResponseOf(bare)).toBe(bare);
  });
});

describe('a response of HTTP/2', () => {
  const responseWith = (fields: object) =>
    Object.assign(new FakeResponse(new FakeRequest()), fields) as unknown as RawResponse;

  it.each<[string, number, object, boolean]>([
    ['both say so', 2, { stream: { session: {} } }, true],
    ['its session has gone', 2, { stream: { session: undefined } }, true],
    ['its request is one of HTTP/1', 1, { stream: { session: {} } }, false],
    ['its stream is none of HTTP/2', 2, { stream: {} }, false],
    ['its stream is nothing', 2, { stream: null }, false],
    ['it has no stream', 2, {}, false],
  ])('is told where %s', (_, version, fields, isOne) => {
    expect(isHttp2(new FakeRequest(undefined, version).raw, responseWith(fields))).toBe(isOne);
  });
});
