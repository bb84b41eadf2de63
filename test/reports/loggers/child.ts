import 'reflect-metadata';
import { ConsoleLogger, Controller, Get, type LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BackgroundTasks, BackgroundTasksEvents, BackgroundTasksModule } from 'nestjs-background-tasks';

// A program whose tasks fail, and that prints what the logger of its first argument makes of it: one that people really use.

const [which = ''] = process.argv.slice(2);

function send(): never {
  throw new RangeError('boom', { cause: new TypeError('no connection') });
}

function sendNothing(): never {
  // eslint-disable-next-line typescript/only-throw-error -- what has no stack has to be told, too
  throw 'a string';
}

@Controller()
class Handlers {
  @Get('send')
  send(tasks: BackgroundTasks): string {
    tasks.addTask(send);
    tasks.addTask(() => undefined).with({ name: 'audit' });
    return 'fine';
  }

  @Get('nothing')
  nothing(tasks: BackgroundTasks): string {
    tasks.addTask(sendNothing);
    return 'fine';
  }

  @Get('flaky')
  flaky(tasks: BackgroundTasks): string {
    tasks.addTask(send).with({ name: 'flaky', retries: { retries: 1, minTimeout: 0 } });
    return 'fine';
  }
}

/** As most of those are that people write themselves. */
class OwnLogger implements LoggerService {
  log = this.#print('log');
  error = this.#print('error');
  warn = this.#print('warn');

  #print(level: string) {
    return (message: unknown, ...params: unknown[]): void => console.log([level, message, ...params].join(' | '));
  }
}

// each is loaded where it is asked for: what a process loads is most of what it costs

async function winston(isJson: boolean): Promise<LoggerService> {
  const { utilities, WinstonModule } = await import('nest-winston');
  const { format, transports } = await import('winston');
  const lines = isJson
    ? format.combine(format.timestamp(), format.json())
    : format.combine(utilities.format.nestLike('app', { colors: false }));
  return WinstonModule.createLogger({ transports: [new transports.Console({ format: lines })] });
}

const LOGGERS: Record<string, () => LoggerService | Promise<LoggerService>> = {
  ConsoleLogger: () => new ConsoleLogger({ colors: false }),
  'ConsoleLogger, JSON': () => new ConsoleLogger({ json: true }),
  'nest-winston, JSON': () => winston(true),
  'nest-winston, nestLike': () => winston(false),
  'a class of its own': () => new OwnLogger(),
};

const PINOS: Record<string, () => Promise<typeof import('nestjs-pino') | typeof import('nestjs-pino-4')>> = {
  'nestjs-pino 4': () => import('nestjs-pino-4'),
  'nestjs-pino 5': () => import('nestjs-pino'),
};

const pino = await PINOS[which]?.();

@Module({
  imports: [
    BackgroundTasksModule,
    ...(pino === undefined ? [] : [pino.LoggerModule.forRoot({ pinoHttp: { autoLogging: false } })]),
  ],
  controllers: [Handlers],
})
class App {}

async function main(): Promise<void> {
  const app = await NestFactory.create(App, new FastifyAdapter(), { bufferLogs: true });
  app.useLogger(pino === undefined ? ((await LOGGERS[which]?.()) ?? false) : app.get<LoggerService>(pino.Logger));
  app.get(BackgroundTasksEvents).events$.subscribe((event) => {
    if (event.type === 'skipped') throw new Error('a subscriber fails');
  });
  // not by Nest's own hooks: they end the process with the signal, and with what a logger has not written yet
  process.once('SIGTERM', () => void app.close().then(() => process.disconnect?.()));
  await app.listen(0, '127.0.0.1');
  process.send?.(Number(new URL(await app.getUrl()).port));
}

await main();
