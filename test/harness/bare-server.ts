import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';

const servers = new Set<Server>();

afterEach(async () => {
  const closed = [...servers].map(async (server) => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  servers.clear();
  await Promise.all(closed);
});

/** Serves with `listener` alone, on a free port; closed after the test. */
export async function serve(listener: RequestListener): Promise<{ readonly port: number }> {
  const server = createServer(listener);
  servers.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}

/** Whatever was begun in this turn of the event loop, and needs no more than so many others, is done. */
export async function turn(count = 1): Promise<void> {
  for (let each = 0; each < count; each++) await new Promise((resolve) => setImmediate(resolve));
}
