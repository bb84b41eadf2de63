import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { request } from '../../../../../test/harness/application.js';
import { serve, turn } from '../../../../../test/harness/bare-server.js';
import { type Deferred, deferred } from '../../../../../test/harness/deferred.js';
import { compress, keepSession } from '../../../../../test/harness/response-wrappers.js';
import { Timeline } from '../../../../../test/harness/timeline.js';
import { holdBack } from './response-gate.js';

const LARGE = Array.from({ length: 400_000 }, (_, index) => String(index)).join();

let stored: Deferred;
let asked: Deferred<ServerResponse>;
let timeline: Timeline;

beforeEach(() => {
  stored = deferred();
  asked = deferred();
  timeline = new Timeline();
});

function hold(response: ServerResponse): void {
  holdBack(response, () => {
    asked.resolve(response);
    return stored.promise;
  });
}

const save = async (): Promise<void> => {
  timeline.mark('saving');
  await turn();
  timeline.mark('saved');
};

async function get({ port }: { readonly port: number }) {
  const outgoing = http.get({ host: '127.0.0.1', port, agent: false });
  const [incoming] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  const { statusCode, headers } = incoming;
  return { statusCode, headers, body: await buffer(incoming) };
}

type Order = [where: string, put: (response: ServerResponse, wrap: (response: ServerResponse) => void) => void];

const beneath: Order = [
  'put there before',
  (response, wrap) => {
    wrap(response);
    hold(response);
  },
];
const onTop: Order = [
  'put on top',
  (response, wrap) => {
    hold(response);
    wrap(response);
  },
];

const bodies: Array<[what: string, answer: (response: ServerResponse) => void, body: string]> = [
  ['end()', (response) => response.end('fine'), 'fine'],
  [
    'write() and end()',
    (response) => {
      response.write('a');
      response.end('b');
    },
    'ab',
  ],
  ['a small stream', (response) => Readable.from(['a', 'b', 'c']).pipe(response), 'abc'],
  ['a large stream', (response) => Readable.from([LARGE, LARGE, LARGE]).pipe(response), LARGE + LARGE + LARGE],
];

describe.each([beneath, onTop])('a response that is held back, with others %s', (_, put) => {
  it.each(bodies)('is compressed: %s', async (_what, answer, body) => {
    const running = await serve((_incoming, response) => {
      put(response, compress);
      answer(response);
    });
    const received = get(running);
    const response = await asked.promise;
    await turn();
    expect(response.socket?.bytesWritten).toBe(0);
    stored.resolve();
    expect(gunzipSync((await received).body).toString()).toBe(body);
  });

  it('has its session saved, and its cookie', async () => {
    const running = await serve((_incoming, response) => {
      put(response, (wrapped) => keepSession(wrapped, save));
      response.end('fine');
    });
    const received = request(running, '/');
    const response = await asked.promise;
    await turn();
    expect(response.socket?.bytesWritten).toBe(0);
    stored.resolve();
    expect(await received).toMatchObject({ status: 200, headers: { 'set-cookie': ['session=1'] }, body: 'fine' });
    expect(timeline.events).toEqual(['saving', 'saved']);
  });

  it('has its session saved all the same, where it is replaced', async () => {
    const running = await serve((_incoming, response) => {
      put(response, (wrapped) => keepSession(wrapped, save));
      Readable.from([LARGE, LARGE]).pipe(response);
    });
    const received = request(running, '/');
    await asked.promise;
    stored.reject(new Error('down'));
    const { status, headers, body } = await received;
    expect([status, headers['set-cookie']]).toEqual([503, ['session=1']]);
    expect(JSON.parse(body)).toMatchObject({ statusCode: 503 });
  });
});

describe('what is sent in the place of a response', () => {
  it.each([
    ['by the compression that was put there before', 'gzip', ...beneath],
    ['by none that was put on top, whose stream it is not', undefined, ...onTop],
  ] as Array<[string, string | undefined, ...Order]>)('is compressed %s', async (_, encoding, _where, put) => {
    const running = await serve((_incoming, response) => {
      put(response, compress);
      Readable.from([LARGE, LARGE]).pipe(response);
    });
    const received = get(running);
    await asked.promise;
    stored.reject(new Error('down'));
    const { statusCode, headers, body } = await received;
    expect([statusCode, headers['content-encoding']]).toEqual([503, encoding]);
    const text = encoding === undefined ? body : gunzipSync(body);
    expect(JSON.parse(text.toString())).toMatchObject({ statusCode: 503 });
  });
});

describe('the own properties of a response that is held back', () => {
  const WAYS = ['writeHead', 'flushHeaders', 'write', 'end', 'on', 'headersSent', 'writableEnded'] as const;
  const ownOf = (response: ServerResponse) =>
    WAYS.map((way) => [way, Reflect.getOwnPropertyDescriptor(response, way)] as const);

  it.each([
    ['are those that it had, once it is let out', (response: ServerResponse) => compress(response)],
    ['are none, where it had none', () => undefined],
  ])('%s', async (_, wrap) => {
    let before: unknown;
    const running = await serve((_incoming, response) => {
      wrap(response);
      before = ownOf(response);
      hold(response);
      response.end('fine');
    });
    const received = request(running, '/');
    const response = await asked.promise;
    expect(ownOf(response)).not.toEqual(before);
    stored.resolve();
    await received;
    expect(ownOf(response)).toEqual(before);
  });
});
