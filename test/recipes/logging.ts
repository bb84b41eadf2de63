import 'reflect-metadata';
import { Controller, Injectable, Module, Param, ParseIntPipe, Post, RequestMethod } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Logger, LoggerModule, PinoLogger } from 'nestjs-pino';
import { BackgroundTasks, BackgroundTasksModule, currentTask } from 'nestjs-background-tasks';

// A program, since nestjs-pino 4 is CommonJS, and under jest it could not load the modules of Nest 12.

@Injectable()
export class Mailer {
  constructor(private readonly logger: PinoLogger) {}

  sendWelcome(id: number): void {
    if (id === 0) throw new RangeError('no account');
    this.logger.info('the welcome mail is out');
  }
}

@Controller('accounts')
export class AccountsController {
  constructor(
    private readonly logger: PinoLogger,
    private readonly mailer: Mailer,
  ) {}

  @Post(':id')
  create(@Param('id', ParseIntPipe) id: number, tasks: BackgroundTasks): string {
    this.logger.info('the account is there');
    tasks.addTask(this.mailer, 'sendWelcome', id);
    return 'welcome';
  }
}

@Module({
  imports: [
    LoggerModule.forRoot({
      pinoHttp: {
        mixin: () => {
          const task = currentTask();
          return task === undefined ? {} : { task: task.name, attempt: task.attempt };
        },
      },
      forRoutes: [{ path: '{*splat}', method: RequestMethod.ALL }],
    }),
    BackgroundTasksModule,
  ],
  providers: [Mailer],
  controllers: [AccountsController],
})
export class AppModule {}

async function main(): Promise<void> {
  const adapter = process.argv[2] === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, adapter, { bufferLogs: true });
  app.useLogger(app.get(Logger));
  // not by Nest's own hooks: they end the process with the signal, and with what a logger has not written yet
  process.once('SIGTERM', () => void app.close().then(() => process.disconnect?.()));
  await app.listen(0, '127.0.0.1');
  process.send?.(Number(new URL(await app.getUrl()).port));
}

await main();
