import 'reflect-metadata';
import {
  ConsoleLogger,
  Controller,
  Get,
  Inject,
  Injectable,
  type INestApplication,
  Module,
  type OnModuleDestroy,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BackgroundTasks, BackgroundTasksModule, currentTask } from 'nestjs-background-tasks';

// A program that its parent ends by a signal. It prints what happens, and goes on when it is told to.

const [platform, shutdownTimeout] = process.argv.slice(2);
const handlerMayEnd = told('the handler may end');
const taskMayEnd = told('the task may end');

function told(what: string): Promise<void> {
  return new Promise((resolve) => process.on('message', (message) => message === what && resolve()));
}

function print(event: string): void {
  process.stdout.write(`${event}\n`);
}

@Injectable()
class Client implements OnModuleDestroy {
  #isClosed = false;

  use(): void {
    print(this.#isClosed ? 'the client is closed' : 'the client was used');
  }

  onModuleDestroy(): void {
    this.#isClosed = true;
    print('the client closes');
  }
}

@Module({ providers: [Client], exports: [Client] })
class ClientModule {}

@Controller()
class Requests {
  constructor(@Inject(Client) private readonly client: Client) {}

  @Get('slow')
  async slow(tasks: BackgroundTasks): Promise<string> {
    print('a request is in flight');
    await handlerMayEnd;
    tasks.addTask(async () => {
      print('a task is running');
      await taskMayEnd;
      this.client.use();
    });
    return 'answered';
  }

  @Get('endless')
  endless(tasks: BackgroundTasks): string {
    tasks.addTask(() => this.neverEnds()).with({ name: 'endless' });
    tasks.addTask(this.client, 'use').with({ name: 'pending' });
    return 'answered';
  }

  private neverEnds(): Promise<never> {
    currentTask()?.signal.addEventListener('abort', () => print('the signal is aborted'));
    print('a task is running');
    return new Promise(() => undefined);
  }
}

@Module({
  imports: [ClientModule, BackgroundTasksModule.forRoot({ shutdownTimeout: Number(shutdownTimeout) })],
  controllers: [Requests],
})
class AppModule implements OnModuleDestroy {
  onModuleDestroy(): void {
    print('the shutdown begins');
  }
}

/** Prints what the library says, and of the rest the errors. */
class Lines extends ConsoleLogger {
  override log(message: string, context: string): void {
    if (context === 'BackgroundTasks') print(`LOG ${message}`);
  }
}

const options = { logger: new Lines({ logLevels: ['log', 'error'] }) };
const app: INestApplication =
  platform === 'Fastify'
    ? await NestFactory.create(AppModule, new FastifyAdapter(), options)
    : await NestFactory.create(AppModule, options);
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
process.send?.(Number(new URL(await app.getUrl()).port));
