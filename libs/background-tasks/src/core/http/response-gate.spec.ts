import type { RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { request } from '../../../../../test/harness/application.js';
import { serve, turn } from '../../../../../test/harness/bare-server.js';
import { Connection } from '../../../../../test/harness/connection.js';
import { type Deferred, deferred } from '../../../../../test/harness/deferred.js';
import { holdBack } from './response-gate.js';

const LARGE = 'x'.repeat(1_000_000);

let stored: Deferred;
let asked: Deferred<ServerResponse>;
let ask: jest.Mock<() => Promise<void> | undefined>;

beforeEach(() => {
  stored = deferred();
  asked = deferred();
  ask = jest.fn();
});

/** A server whose responses are held back, and answered by `answer`. */
function held(answer: (response: ServerResponse) => void, prepare: RequestListener = () => undefined) {
  return serve((incoming, response) => {
    prepare(incoming, response);
    ask.mockImplementation(() => {
      asked.resolve(response);
      return stored.promise;
    });
    holdBack(response, ask);
    answer(response);
  });
}

type Case = [what: string, answer: (response: ServerResponse) => void, body: string, status?: number];

const answers: Case[] = [
  ['end()', (response) => response.end('fine'), 'fine'],
  ['writeHead() and end()', (response) => response.writeHead(201, { 'x-sent': 'yes' }).end('fine'), 'fine', 201],
  [
    'several write() and end()',
    (response) => {
      for (const part of ['a', 'b', 'c']) response.write(part);
      response.end('d');
    },
    'abcd',
  ],
  [
    'flushHeaders(), and end() later',
    (response) => {
      response.flushHeaders();
      setImmediate(() => response.end('fine'));
    },
    'fine',
  ],
  ['a stream that is piped', (response) => Readable.from([LARGE, LARGE]).pipe(response), LARGE + LARGE],
  ['a status without a body', (response) => response.writeHead(204).end(), '', 204],
];

describe('a response that is held back', () => {
  it.each(answers)('lets nothing out before it may: %s', async (_, answer, body, status = 200) => {
    const received = request(await held(answer), '/');
    const response = await asked.promise;
    await turn(2);
    expect(response.socket?.bytesWritten).toBe(0);
    stored.resolve();
    expect(await received).toMatchObject({ status, body });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('lets a HEAD out when it may', async () => {
    const received = request(await held((response) => response.setHeader('content-length', 4).end('fine')), '/', {
      method: 'HEAD',
    });
    const response = await asked.promise;
    await turn();
    expect(response.socket?.bytesWritten).toBe(0);
    stored.resolve();
    expect(await received).toMatchObject({ status: 200, headers: { 'content-length': '4' }, body: '' });
  });

  it('says to whoever answers that its headers are sent, and that it is ended once it is', async () => {
    const received = request(await held((response) => void response.write('a')), '/');
    const response = await asked.promise;
    expect([response.headersSent, response.writableEnded]).toEqual([true, false]);
    response.end('b');
    expect([response.headersSent, response.writableEnded]).toEqual([true, true]);
    stored.resolve();
    expect(await received).toMatchObject({ status: 200, body: 'ab' });
    expect([response.headersSent, response.writableEnded, response.writableFinished]).toEqual([true, true, true]);
    for (const key of ['headersSent', 'writableEnded']) expect(Object.hasOwn(response, key)).toBe(false);
  });

  it('goes out with the status that it had when it was sent', async () => {
    const received = request(await held((response) => response.end('fine')), '/');
    const response = await asked.promise;
    response.statusCode = 500;
    stored.resolve();
    expect(await received).toMatchObject({ status: 200, body: 'fine' });
  });

  it.each([
    ['set before', (response: ServerResponse) => Object.assign(response, { statusCode: 404 }).end()],
    ['given to writeHead()', (response: ServerResponse) => response.writeHead(404).end()],
  ])('is asked for with the status that it goes out with: %s', async (_, answer) => {
    const seen: number[] = [];
    const received = request(
      await serve((_incoming, response) => {
        holdBack(response, () => void seen.push(response.statusCode));
        answer(response);
      }),
      '/',
    );
    expect((await received).status).toBe(404);
    expect(seen).toEqual([404]);
  });

  it('has a write that is kept back wait for room, and tells when there is some', async () => {
    const written: boolean[] = [];
    const received = request(await held((response) => void written.push(response.write('a'))), '/');
    const response = await asked.promise;
    response.once('drain', () => {
      written.push(response.write('b'));
      response.end();
    });
    await turn();
    expect(written).toEqual([false]);
    stored.resolve();
    expect((await received).body).toBe('ab');
    expect(written).toEqual([false, true]);
  });

  it('calls back once that is out which it was called with', async () => {
    const calledBack: string[] = [];
    const received = request(
      await held((response) => {
        response.write('a', () => calledBack.push('written'));
        response.end('b', () => calledBack.push('ended'));
      }),
      '/',
    );
    await asked.promise;
    await turn();
    expect(calledBack).toEqual([]);
    stored.resolve();
    expect((await received).body).toBe('ab');
    expect(calledBack).toEqual(['written', 'ended']);
  });

  it('breaks the connection where what was kept back cannot be sent', async () => {
    const received = request(await held((response) => response.end(7 as never)), '/');
    await asked.promise;
    stored.resolve();
    await expect(received).rejects.toThrow('socket hang up');
  });

  it('harms nobody when its client has left meanwhile', async () => {
    const connection = await Connection.open(await held((response) => response.end('fine')));
    connection.send('/');
    const response = await asked.promise;
    const errors = jest.fn();
    response.on('error', errors);
    connection.hangUp();
    await new Promise((resolve) => response.once('close', resolve));
    stored.resolve();
    await turn();
    expect(errors).not.toHaveBeenCalled();
  });

  it('lets out at once what nothing is to be asked for, and stands in nobody’s way after that', async () => {
    ask.mockReturnValue(undefined);
    const received = request(
      await serve((_, response) => {
        holdBack(response, ask);
        response.write('a');
        expect(response.headersSent).toBe(true);
        for (const way of ['writeHead', 'flushHeaders', 'write', 'end'])
          expect(Object.hasOwn(response, way)).toBe(false);
        response.end('b');
      }),
      '/',
    );
    expect(await received).toMatchObject({ status: 200, body: 'ab' });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('is left alone once it has begun', async () => {
    const received = request(
      await serve((_, response) => {
        response.write('a');
        holdBack(response, ask);
        response.end('b');
      }),
      '/',
    );
    expect((await received).body).toBe('ab');
    expect(ask).not.toHaveBeenCalled();
  });
});
