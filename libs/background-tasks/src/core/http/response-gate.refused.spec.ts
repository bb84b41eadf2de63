import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { request } from '../../../../../test/harness/application.js';
import { serve, turn } from '../../../../../test/harness/bare-server.js';
import { Connection } from '../../../../../test/harness/connection.js';
import { type Deferred, deferred } from '../../../../../test/harness/deferred.js';
import { DurableStoreError } from '../errors/durable-store.error.js';
import { holdBack } from './response-gate.js';

const MESSAGE = 'Cannot store the background tasks "Mailer.send" of this response. Nothing of it was done: try again.';
const refusal = new DurableStoreError(['Mailer.send'], { cause: new Error('down') });

let stored: Deferred;
let asked: Deferred<ServerResponse>;
let errors: jest.Mock;

beforeEach(() => {
  stored = deferred();
  asked = deferred();
  errors = jest.fn();
});

/** A server whose responses are held back, and answered by `answer`. */
function held(answer: (response: ServerResponse) => void) {
  return serve((_, response) => {
    response.on('error', errors);
    holdBack(response, () => {
      asked.resolve(response);
      return stored.promise;
    });
    answer(response);
  });
}

/** What its client gets where `answer` was to be sent. */
async function refused(answer: (response: ServerResponse) => void, error: Error = refusal, method = 'GET') {
  const received = request(await held(answer), '/', { method });
  await asked.promise;
  await turn();
  stored.reject(error);
  return received;
}

const body = JSON.stringify({ message: MESSAGE, error: 'Service Unavailable', statusCode: 503 });

describe('what is sent in the place of a response', () => {
  it.each([
    ['end()', (response: ServerResponse) => response.end('fine')],
    ['writeHead() and end()', (response: ServerResponse) => response.writeHead(201, 'Made').end('fine')],
    [
      'write() and end()',
      (response: ServerResponse) => {
        response.write('a');
        response.end('b');
      },
    ],
    ['flushHeaders()', (response: ServerResponse) => response.flushHeaders()],
    ['a status without a body', (response: ServerResponse) => response.writeHead(204).end()],
    ['a piped stream', (response: ServerResponse) => Readable.from(['a'.repeat(1e6), 'b']).pipe(response)],
  ])('is a plain 503 in JSON, shaped as by Nest: %s', async (_, answer) => {
    const received = await refused(answer);
    expect(received).toMatchObject({ status: 503, body });
    expect(received.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
    });
    expect(errors).not.toHaveBeenCalled();
  });

  it('names no task where the reason is unknown', async () => {
    const { status, body: told } = await refused((response) => response.end('fine'), new Error('secret'));
    expect(status).toBe(503);
    expect(told).toContain('Cannot store the background tasks of this response.');
    expect(told).not.toContain('secret');
  });

  it('has no body where there is none to be: HEAD', async () => {
    const received = await refused((response) => response.end(), refusal, 'HEAD');
    expect(received).toMatchObject({ status: 503, body: '' });
  });

  it('says nothing of the body that is not sent', async () => {
    const ofTheBody = {
      'content-encoding': 'br',
      'content-disposition': 'attachment',
      'content-range': 'bytes 0-1/2',
      'accept-ranges': 'bytes',
      'cache-control': 'max-age=60',
      'transfer-encoding': 'chunked',
      'last-modified': new Date(0).toUTCString(),
      etag: '"1"',
      location: '/elsewhere',
    };
    const { headers } = await refused((response) => {
      response.setHeaders(new Map(Object.entries(ofTheBody)));
      response.statusMessage = 'Made';
      response.end('fine');
    });
    for (const name of Object.keys(ofTheBody)) expect([name, headers[name]]).toEqual([name, undefined]);
  });

  it('says everything else that was to be said', async () => {
    const { headers } = await refused((response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2']).setHeader('content-security-policy', "default-src 'none'");
      response.setHeader('access-control-allow-origin', '*').end('fine');
    });
    expect(headers).toMatchObject({
      'set-cookie': ['a=1', 'b=2'],
      'content-security-policy': "default-src 'none'",
      'access-control-allow-origin': '*',
    });
  });

  it.each([
    ['an object', { 'Set-Cookie': ['a=1', 'b=2'], 'Content-Type': 'text/html', 'X-Other': 'yes' }],
    ['a list', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Content-Type', 'text/html', 'X-Other', 'yes']],
    [
      'pairs',
      [
        ['Set-Cookie', ['a=1', 'b=2']],
        ['Content-Type', 'text/html'],
        ['X-Other', 'yes'],
      ],
    ],
  ])('says also what was to be said by writeHead(): %s', async (_, given) => {
    const { headers } = await refused((response) => response.writeHead(200, given as never).end('fine'));
    expect(headers).toMatchObject({
      'set-cookie': ['a=1', 'b=2'],
      'x-other': 'yes',
      'content-type': 'application/json; charset=utf-8',
    });
  });

  it('harms nobody when its client has left meanwhile', async () => {
    const connection = await Connection.open(await held((response) => response.end('fine')));
    connection.send('/');
    const response = await asked.promise;
    connection.hangUp();
    await new Promise((resolve) => response.once('close', resolve));
    stored.reject(refusal);
    await turn();
    expect(errors).not.toHaveBeenCalled();
    expect(response.writableEnded).toBe(true);
  });
});

describe('what goes on to be written to a response that was replaced', () => {
  it('is swallowed, and called back for', async () => {
    const { status, body: told } = await refused((response) => response.write('a'));
    const response = await asked.promise;
    const calledBack = jest.fn();
    expect([status, told]).toEqual([503, body]);
    expect(response.write('b', () => calledBack('written'))).toBe(true);
    expect(response.end('c', () => calledBack('ended'))).toBe(response);
    await turn();
    expect(calledBack.mock.calls).toEqual([['written'], ['ended']]);
    expect(errors).not.toHaveBeenCalled();
  });

  it('is called back for, too, where it was written before', async () => {
    const calledBack = jest.fn();
    await refused((response) => {
      response.write('a', () => calledBack('written'));
      response.end('b', () => calledBack('ended'));
    });
    expect(calledBack.mock.calls).toEqual([['written'], ['ended']]);
  });

  it('is refused as ever where it is a second head', async () => {
    await refused((response) => response.write('a'));
    const response = await asked.promise;
    expect(response.headersSent).toBe(true);
    expect(() => response.writeHead(200)).toThrow('Cannot write headers after they are sent');
  });
});
