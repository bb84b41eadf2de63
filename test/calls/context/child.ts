import 'reflect-metadata';
import { context, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Controller, Get, type INestApplication, Module, Param, Query, Scope, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ClsModule, ClsService } from 'nestjs-cls';
import { BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';

// A program that prints what its handlers, and the tasks that they add, see of their request's context:
// the id that nestjs-cls keeps for it, and the trace id that OpenTelemetry has for it. What becomes of a
// request with `waits` in its query is up to its parent. There is an application for each platform and each way to mount nestjs-cls.

const [scope] = process.argv.slice(2);
const platforms = ['Express', 'Fastify'];
const mounts = ['middleware', 'guard', 'interceptor'];

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

/** The handlers that wait, by the ids of their requests. */
const waiting = new Map<string, () => void>();
process.on('message', (id: string) => waiting.get(id)?.());

function print(event: string): void {
  process.stdout.write(`${event}\n`);
}

interface Incoming {
  readonly url: string;
  /** Where a platform cuts off what a middleware is mounted at. */
  readonly originalUrl?: string;
}

const idOf = ({ url, originalUrl = url }: Incoming): string => /\/(\d+)/.exec(originalUrl)?.[1] ?? '0';

const setup = (cls: ClsService, ...[given]: unknown[]): void => {
  const request =
    'switchToHttp' in (given as object)
      ? (given as { switchToHttp(): { getRequest(): Incoming } }).switchToHttp().getRequest()
      : (given as Incoming);
  cls.set('id', idOf(request));
};

@Controller()
class Requests {
  constructor(
    private readonly cls: ClsService,
    private readonly tasks: BackgroundTasks,
  ) {}

  @Get(':id')
  async handle(@Param('id') id: string, @Query('waits') waits: string | undefined): Promise<string> {
    this.look(`handler ${id}`);
    if (waits !== undefined) {
      await new Promise<void>((resolve) => {
        waiting.set(id, resolve);
        print(`${id} waits`);
      });
    }
    this.tasks.addTask(() => this.inTask(id));
    return `answer to ${id}`;
  }

  private async inTask(id: string): Promise<void> {
    this.look(`task ${id}`);
    await new Promise((resolve) => setImmediate(resolve));
    this.look(`later ${id}`);
    this.tasks.addTask(() => this.look(`late ${id}`));
  }

  private look(where: string): void {
    const traceId = trace.getSpanContext(context.active())?.traceId ?? 'none';
    print(`${where}: cls ${String(this.cls.get('id'))}, trace ${traceId.replace(/^0+/, '')}`);
  }
}

function moduleWith(mount: string): Type {
  @Module({
    imports: [
      ClsModule.forRoot({ global: true, [mount]: { mount: true, setup } }),
      BackgroundTasksModule.forRoot({ scope: scope === 'DEFAULT' ? Scope.DEFAULT : Scope.REQUEST }),
    ],
    controllers: [Requests],
  })
  class AppModule {}
  return AppModule;
}

/** As an instrumentation of OpenTelemetry does for each request: a span, and whatever follows within it. */
function startSpan(request: Incoming, _response: unknown, next: () => void): void {
  const span = {
    traceId: idOf(request).padStart(32, '0'),
    spanId: '1'.padStart(16, '0'),
    traceFlags: TraceFlags.SAMPLED,
  };
  context.with(trace.setSpanContext(context.active(), span), next);
}

const options = { logger: ['error' as const] };

async function start(platform: string, mount: string): Promise<string> {
  const module = moduleWith(mount);
  const app: INestApplication =
    platform === 'Fastify'
      ? await NestFactory.create(module, new FastifyAdapter(), options)
      : await NestFactory.create(module, options);
  app.use(startSpan);
  await app.listen(0, '127.0.0.1');
  return new URL(await app.getUrl()).port;
}

for (const platform of platforms) {
  for (const mount of mounts) print(`${platform} with ${mount} listens on ${await start(platform, mount)}`);
}
process.send?.(0);
