import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisServer, withoutRedis } from '../harness/redis.js';
import { TcpProxy } from '../harness/tcp-proxy.js';
import { whereThereIs } from '../harness/where-there-is.js';

whereThereIs(await withoutRedis(), 'the Redis of the tests', () => {
  it('keeps what it has through a crash', async () => {
    const server = await RedisServer.start('--appendfsync', 'always');
    const client = new Redis({ host: server.host, port: server.port });
    client.on('error', () => {});
    await client.set('key', 'value');
    await server.kill();
    await server.restart();
    expect(await client.get('key')).toBe('value');
    client.disconnect();
    await server.stop();
  });
});

describe('the proxy of the tests', () => {
  let sockets: Socket[];
  let proxy: TcpProxy;
  const echo = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });

  beforeEach(async () => {
    sockets = [];
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.before({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
  });

  afterEach(async () => {
    await proxy.close();
    sockets.forEach((socket) => socket.destroy());
    echo.close();
    await once(echo, 'close');
  });

  async function connected(): Promise<Socket> {
    const client = connect(proxy.port, proxy.host);
    client.setEncoding('utf8').on('error', () => {});
    await once(client, 'connect');
    return client;
  }

  /** Unlike once(), whatever errors come before. */
  function closed(socket: Socket): Promise<void> {
    return new Promise((resolve) => socket.once('close', () => resolve()));
  }

  it('passes what is sent, and later what it has held back', async () => {
    const client = await connected();
    client.write('a');
    expect(await once(client, 'data')).toEqual(['a']);
    proxy.hang();
    client.write('b');
    const further = await connected();
    further.write('c');
    proxy.pass();
    expect(await once(client, 'data')).toEqual(['b']);
    expect(await once(further, 'data')).toEqual(['c']);
  });

  it('cuts connections, and new ones too', async () => {
    const client = await connected();
    proxy.cut();
    await closed(client);
    const further = connect(proxy.port, proxy.host).on('error', () => {});
    await closed(further);
    expect(client.destroyed && further.destroyed).toBe(true);
  });
});
