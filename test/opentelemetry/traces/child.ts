import 'reflect-metadata';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { Controller, Get, type INestApplication, Module, Param, StreamableFile } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import {
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';
import { BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { OpenTelemetryInterceptor } from 'nestjs-background-tasks/opentelemetry';

// A program with the HTTP instrumentation of OpenTelemetry, which prints each span as it ends, and each task as it runs,
// with the span that is active then. Requests that wait are let go by its parent.

function print(event: string, what: object): void {
  process.stdout.write(`${event} ${JSON.stringify(what)}\n`);
}

const exporter: SpanExporter = {
  export(spans: ReadableSpan[], done) {
    for (const span of spans) {
      const { name, kind, links, startTime, endTime } = span;
      const { traceId, spanId } = span.spanContext();
      const [parent, linked] = [span.parentSpanContext?.spanId, links.map((link) => link.context.spanId)];
      print('span', { name, kind, traceId, spanId, parent, linked, startTime, endTime });
    }
    done({ code: 0 });
  },
  async shutdown() {},
};

new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
registerInstrumentations({
  instrumentations: [new HttpInstrumentation({ disableOutgoingRequestInstrumentation: true })],
});
// it is patched when it is required: what imports it has the same prototypes
createRequire(import.meta.url)('node:http');

const waiting = new Map<string, () => void>();
process.on('message', (id: string) => waiting.get(id)?.());

function run(id: string, what: string): void {
  print('ran', { id, what, ...trace.getActiveSpan()?.spanContext() });
}

const add = (tasks: BackgroundTasks, id: string, what: string): void => {
  tasks.addTask(run, id, what).with({ name: what, runOn: 'always' });
};

@Controller()
class Requests {
  @Get('answered/:id')
  answered(@Param('id') id: string, tasks: BackgroundTasks): string {
    add(tasks, id, 'plain');
    return 'fine';
  }

  @Get('thrown/:id')
  async thrown(@Param('id') id: string, tasks: BackgroundTasks): Promise<never> {
    await Promise.resolve();
    add(tasks, id, 'plain');
    throw new Error('on purpose');
  }

  @Get('stream/:id')
  stream(@Param('id') id: string, tasks: BackgroundTasks): StreamableFile {
    add(tasks, id, 'plain');
    return new StreamableFile(Readable.from(['some ', 'parts'].map((part) => Buffer.from(part))));
  }

  @Get('nested/:id')
  nested(@Param('id') id: string, tasks: BackgroundTasks): string {
    trace.getTracer('test').startActiveSpan('in handler', (span) => {
      add(tasks, id, 'nested');
      span.end();
    });
    return 'fine';
  }

  @Get('both/:id')
  both(@Param('id') id: string, tasks: BackgroundTasks): string {
    const adds = (): void => {
      run(id, 'outer');
      add(tasks, id, 'inner');
    };
    add(tasks, id, 'plain');
    tasks.addTask(adds).with({ name: 'outer', runOn: 'always' });
    return 'fine';
  }

  @Get('late/:id')
  late(@Param('id') id: string, tasks: BackgroundTasks): string {
    setTimeout(() => add(tasks, id, 'plain'), 5);
    return 'fine';
  }

  @Get('waits/:id')
  async waits(@Param('id') id: string, tasks: BackgroundTasks): Promise<string> {
    add(tasks, id, 'plain');
    await new Promise<void>((resolve) => {
      waiting.set(id, resolve);
      print('waits', { id });
    });
    return 'fine';
  }
}

@Module({
  imports: [BackgroundTasksModule.forRoot({ interceptors: [OpenTelemetryInterceptor] })],
  controllers: [Requests],
})
class AppModule {}

async function start(platform: string): Promise<void> {
  const app: INestApplication =
    platform === 'Fastify'
      ? await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false })
      : await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  process.send?.(Number(new URL(await app.getUrl()).port));
}

await start(process.argv[2] ?? 'Express');
