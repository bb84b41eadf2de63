import 'reflect-metadata';
import { writeSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type CanActivate,
  ConsoleLogger,
  Controller,
  Get,
  type INestApplicationContext,
  Injectable,
  Inject,
  Module,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  BackgroundTasksRunner,
  currentTask,
  DurableTask,
} from 'nestjs-background-tasks';

// An application of which a test starts processes that serve, or run what is stored, until it kills them.

const settings = JSON.parse(process.argv[2] ?? '') as {
  readonly system: 'bullmq' | 'pg-boss';
  readonly options: Record<string, unknown>;
  readonly serves: boolean;
  /** Milliseconds that a step takes. */
  readonly step: number;
  /** Milliseconds that `blocking` steps stop the event loop for. */
  readonly block: number;
  readonly platform: 'Express' | 'Fastify';
  readonly shutdownTimeout: number;
};

/** At once, and whole: nothing is left in a buffer when it is killed. */
function print(line: object): void {
  writeSync(1, `${JSON.stringify({ ...line, at: Date.now() })}\n`);
}

const BEAT = 10;
/** Milliseconds that timers came too late by: the machine was busy with others, and nobody was waited for. */
let late = 0;
let due = performance.now() + BEAT;
setInterval(() => {
  late += Math.max(0, performance.now() - due);
  due = performance.now() + BEAT;
}, BEAT).unref();

/** Tells how long something has waited for others. */
function stopwatch(): () => number {
  const began = performance.now() - late;
  return () => performance.now() - late - began;
}

class Lines extends ConsoleLogger {
  override log(message: unknown): void {
    this.warn(message);
  }

  override warn(message: unknown): void {
    writeSync(2, `WARN ${String(message)}\n`);
  }

  override error(message: unknown): void {
    writeSync(2, `ERROR ${String(message)}\n`);
  }
}

@Injectable()
class Steps {
  @DurableTask('crash.step')
  async step(name: string, step: number, does: string): Promise<void> {
    print({ name, step, what: 'begins' });
    if (does === 'blocks') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, settings.block);
    await wait(settings.step, undefined, { ref: false });
    const isLost = currentTask()?.signal.aborted === true;
    print({ name, step, what: isLost ? 'is lost' : does === 'fails' ? 'fails' : 'ends' });
    if (does === 'fails') throw new Error('On purpose.');
  }
}

/** Adds three steps; of the second one it says what it does. */
function addSteps(tasks: BackgroundTasks, steps: Steps, name: string, second = ''): void {
  for (const [step, does] of ['', second, ''].entries()) {
    tasks.addTask(steps, 'step', name, step, does).with({ retries: { retries: 1, minTimeout: 50 } });
  }
}

@Injectable()
class Guard implements CanActivate {
  constructor(
    @Inject(Steps) private readonly steps: Steps,
    private readonly tasks: BackgroundTasks,
  ) {}

  canActivate(): boolean {
    addSteps(this.tasks, this.steps, 'guard');
    return true;
  }
}

interface Reply {
  status(code: number): this;
  send(body: string): unknown;
}

@Controller()
class Requests {
  constructor(@Inject(Steps) private readonly steps: Steps) {}

  @Get('handler')
  async handler(tasks: BackgroundTasks, @Query('name') name: string, @Query('second') second: string): Promise<string> {
    addSteps(tasks, this.steps, name, second);
    await wait(0);
    return name;
  }

  @Get('by-itself')
  byItself(tasks: BackgroundTasks, @Query('name') name: string, @Res() reply: Reply): void {
    addSteps(tasks, this.steps, name);
    reply.status(201).send(name);
  }

  @Get('guarded')
  @UseGuards(Guard)
  guarded(): string {
    return 'guarded';
  }
}

const EngineModule =
  settings.system === 'bullmq'
    ? (await import('nestjs-background-tasks/bullmq')).BullMqTasksModule
    : (await import('nestjs-background-tasks/pg-boss')).PgBossTasksModule;

@Module({
  imports: [
    BackgroundTasksModule.forRoot({ shutdownTimeout: settings.shutdownTimeout }),
    EngineModule.forRoot({ ...settings.options, worker: !settings.serves } as never),
  ],
  controllers: [Requests],
  providers: [Steps],
})
class AppModule {}

/** Times each response; where it is asked to, nobody hears of the end of one until the test says so. */
function watch(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const took = stopwatch();
  const emit = response.emit.bind(response) as (event: string, ...args: unknown[]) => boolean;
  response.once('finish', () => print({ what: `answered after`, ms: took() }));
  if (request.url?.includes('unheard') === true) {
    response.emit = (event: string, ...args: unknown[]): boolean => {
      if (event !== 'finish' && event !== 'close') return emit(event, ...args);
      process.on('message', (message) => message === 'hear' && emit(event, ...args));
      return true;
    };
  }
  next();
}

async function start(): Promise<INestApplicationContext> {
  const options = { logger: new Lines({ logLevels: ['log', 'warn', 'error'] }), abortOnError: false };
  if (!settings.serves) return NestFactory.createApplicationContext(AppModule, options);
  const app =
    settings.platform === 'Fastify'
      ? await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), options)
      : await NestFactory.create(AppModule, options);
  app.use(watch);
  await app.listen(0, '127.0.0.1');
  return app;
}

async function portOf(app: INestApplicationContext): Promise<number> {
  return 'getUrl' in app ? Number(new URL(await (app as NestFastifyApplication).getUrl()).port) : 0;
}

const took = stopwatch();
process.once('disconnect', () => process.exit());
try {
  const app = await start();
  process.on('message', (message) => void told(app, message));
  process.send?.(await portOf(app));
} catch (error) {
  print({ what: 'does not start', why: (error as Error).message, ms: took() });
  leave();
}

/** Whatever keeps the process alive now was left open. */
function leave(): void {
  process.removeAllListeners('disconnect');
  process.disconnect?.();
}

async function told(app: INestApplicationContext, message: unknown): Promise<void> {
  if (message === 'close') {
    const closing = stopwatch();
    await app.close();
    print({ what: 'is closed', ms: closing() });
    leave();
  }
  if (message === 'measure') {
    await app.get(BackgroundTasksRunner).idle();
    globalThis.gc?.();
    print({ what: 'measured', bytes: process.memoryUsage().heapUsed });
  }
}
