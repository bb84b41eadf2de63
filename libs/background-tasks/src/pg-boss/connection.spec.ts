import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Connection, connectionOf } from './connection.js';

const rows = [{ id: 1 }];

describe('a connection that is open already', () => {
  it('is used, if it is a pool, and cannot be closed', async () => {
    const pool = {
      query: () => Promise.resolve({ rows }),
      connect() {},
      end: () => Promise.reject(new Error('ended')),
    };
    const connection = connectionOf(pool);
    const { options } = connection;
    expect(Object.keys(options)).toEqual(['db']);
    expect(Object.keys(options.db ?? {})).toEqual(['executeSql']);
    expect(await options.db?.executeSql('SELECT 1')).toEqual({ rows });
    expect(connection.listens).toBe(false);
    expect(() => connection.sever()).not.toThrow();
  });

  it.each([true, false])('is used, if it is a PgBoss, with what it can listen by (%s)', async (listens) => {
    const listen = (channel: string): string => channel;
    const db = { executeSql: () => Promise.resolve({ rows }), _pgbdb: true, ...(listens && { listen }) };
    const connection = connectionOf({ getDb: () => db, send() {} });
    // by `_pgbdb` pg-boss would know it for a pool that it may close
    expect(Object.keys(connection.options.db ?? {})).toEqual(listens ? ['executeSql', 'listen'] : ['executeSql']);
    expect(await connection.options.db?.executeSql('SELECT 1')).toEqual({ rows });
    expect(connection.listens).toBe(listens);
  });
});

describe('a connection that pg-boss opens', () => {
  let server: Server;
  let connection: Connection & { readonly options: { readonly stream?: () => Duplex } };

  beforeEach(async () => {
    server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(server, 'listening');
    connection = connectionOf({ max: 3 });
  });

  afterEach(() => {
    connection.sever();
    server.close();
  });

  /** What `pg` does when it opens one. */
  function connect(): Duplex | undefined {
    const socket = connection.options.stream?.();
    if (socket instanceof Socket) socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
    return socket;
  }

  it('has the options that were given, or the string', () => {
    expect(connection.options).toMatchObject({ max: 3 });
    expect(connection.listens).toBe(true);
    expect(connectionOf('postgres://here').options).toMatchObject({ connectionString: 'postgres://here' });
  });

  it('can be cut, at once and for ever', async () => {
    const early = connect();
    connection.sever();
    expect(early?.destroyed).toBe(true);
    const late = connect();
    const [error] = await once(late ?? new Socket(), 'error');
    expect(error).toEqual(new Error('The connection is closed.'));
    expect(late?.destroyed).toBe(true);
  });

  it('keeps the sockets that somebody else makes', () => {
    const socket = new Socket();
    connection = connectionOf({ stream: () => socket });
    expect(connection.options.stream?.()).toBe(socket);
    connection.sever();
    expect(socket.destroyed).toBe(true);
  });
});
