import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { durableSettings, isRedis } from './durable-tasks.js';
import { tryIt } from './try-it.js';

const app = await NestFactory.create<INestApplication<Server>>(AppModule);
app.enableShutdownHooks();
const { url } = durableSettings;
const password = process.env.BULL_BOARD_PASSWORD;
if (password && url !== undefined && isRedis(url)) {
  const { showQueues } = await import('./bull-board.js');
  showQueues(app, url, password);
}
// as a number: a string would be taken for the path of a socket
await app.listen(Number(process.env.PORT ?? 3000));

const { port } = app.getHttpServer().address() as AddressInfo;
process.stdout.write(tryIt(port));
