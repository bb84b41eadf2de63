// a server that says on stdout where it listens, and what its process has used whenever a line comes on stdin
import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { createApplication } from './application.js';
import { countCalls } from './work.js';

const [platform = '', key = ''] = process.argv.slice(2);

createInterface(process.stdin)
  .on('line', () => {
    const { user, system } = process.cpuUsage();
    say({ cpu: user + system, calls: countCalls() });
  })
  .on('close', () => process.exit());

try {
  const app = await createApplication(platform, key);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  say({ port });
} catch (error) {
  say({ refusal: (error as Error).message });
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
