// a server that says on stdout where it listens, and what its process has used whenever a line comes on stdin
import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { createApplication } from './application.js';
import { countCalls } from './work.js';

const [platform = '', name = ''] = process.argv.slice(2);

createInterface(process.stdin)
  .on('line', () => {
    const { user, system } = process.cpuUsage();
    say({ cpu: user + system, calls: countCalls() });
  })
  .on('close', () => process.exit());

const { app, routes } = await createApplication(platform, name);
await app.listen(0, '127.0.0.1');
const server = app.getHttpServer() as Server;
// it is not about the timers of Node
server.keepAliveTimeout = 0;
say({ port: (server.address() as AddressInfo).port, routes });

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
