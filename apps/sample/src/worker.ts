import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { durableSettings } from './durable-tasks.js';

// runs durable tasks, and serves nothing
if (durableSettings.url === undefined) {
  throw new Error('Cannot start a worker: set DURABLE_URL to redis://… or postgres://…, where the tasks are stored.');
}
const app = await NestFactory.createApplicationContext(AppModule);
app.enableShutdownHooks();
