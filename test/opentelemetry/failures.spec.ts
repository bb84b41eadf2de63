import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { context, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { OpenTelemetryInterceptor } from 'nestjs-background-tasks/opentelemetry';
import { express, request, type Running, start } from '../harness/application.js';
import { measureAll, traceAll } from './sdk.js';

const SIGNALS = 'OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN';

let thrown: unknown;
let ran: number;

@Controller()
class Handlers {
  @Get('throws')
  throws(tasks: BackgroundTasks): string {
    tasks
      .addTask(() => {
        throw thrown;
      })
      .with({ name: 'throws' });
    return 'fine';
  }

  @Get('fine')
  fine(tasks: BackgroundTasks): string {
    tasks.addTask(() => ran++).with({ name: 'fine' });
    return 'fine';
  }
}

afterEach(() => {
  delete process.env[SIGNALS];
  jest.restoreAllMocks();
});

const begin = (): Promise<Running> => {
  ran = 0;
  const imports = [BackgroundTasksModule.forRoot({ interceptors: [OpenTelemetryInterceptor] })];
  return start(express, { imports, controllers: [Handlers] });
};

async function ask(path: string): Promise<Running> {
  const running = await begin();
  await request(running, path);
  await running.runner.idle();
  return running;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const explode = (): never => {
  throw new Error('this is not to be called unguarded');
};
const named = (name: string): Error => Object.assign(new Error('boom'), { name });
const TRAP = new Proxy(new Error('boom'), { get: explode, has: explode, getPrototypeOf: explode, ownKeys: explode });

describe('what was thrown', () => {
  it.each<[string, unknown, string]>([
    ['an error', new RangeError('boom'), 'RangeError'],
    ['an error with a name of its own', named('Mine'), 'Mine'],
    ['one with a name of 100 characters', named('x'.repeat(100)), 'x'.repeat(100)],
    ['one with a longer name', named('x'.repeat(101)), '_OTHER'],
    ['one without a name', named(''), '_OTHER'],
    ['one whose name is no text', Object.assign(new Error('boom'), { name: 7 }), '_OTHER'],
    ['one whose name throws', Object.defineProperty(new Error('boom'), 'name', { get: explode }), '_OTHER'],
    ['null', null, '_OTHER'],
    ['undefined', undefined, '_OTHER'],
    ['a text', 'boom', '_OTHER'],
    ['a revoked proxy', revoked(), '_OTHER'],
    ['a proxy that throws', TRAP, '_OTHER'],
  ])('has its type, on the span and in the numbers: %s', async (_, value, type) => {
    const [spans, numbers] = [traceAll(), measureAll()];
    thrown = value;
    const running = await ask('/throws');
    const span = spans.only('run throws');
    expect([span.attributes['error.type'], span.status.code]).toEqual([type, SpanStatusCode.ERROR]);
    expect(await numbers.of('duration')).toEqual([[{ name: 'throws', 'error.type': type }, 1]]);
    expect(await numbers.of('results')).toEqual([[{ name: 'throws', result: 'failed', 'error.type': type }, 1]]);
    expect(running.runner.stats()).toMatchObject({ failed: 1 });
  });

  it.each([
    [undefined, 1],
    ['logs/dup', 1],
    ['http,logs/dup', 1],
    ['logs,logs/dup', 1],
    ['LOGS', 0],
    ['logs', 0],
    ['database, logs', 0],
  ])('is recorded on the span, unless exceptions are to be logs: %s', async (said, count) => {
    if (said !== undefined) process.env[SIGNALS] = said;
    const spans = traceAll();
    thrown = new Error('boom');
    await ask('/throws');
    expect(spans.only('run throws').events).toHaveLength(count);
  });
});

describe('an SDK that throws harms no task:', () => {
  const broken = (methods: object): object => new Proxy(methods, { get: (of, key) => Reflect.get(of, key) ?? explode });

  const meterOf = (methods: object): object => {
    const nothing = {
      record: () => undefined,
      add: () => undefined,
      addCallback: () => undefined,
      removeCallback: () => undefined,
    };
    const make = (): object => ({ ...nothing, ...methods });
    return { createHistogram: make, createCounter: make, createObservableUpDownCounter: make };
  };

  it.each<[string, () => unknown]>([
    ['when it exports', () => traceAll([{ export: explode, shutdown: async () => undefined }])],
    ['when it makes a tracer', () => trace.setGlobalTracerProvider({ getTracer: explode })],
    [
      'when a span begins',
      () => trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: explode, startActiveSpan: explode }) }),
    ],
    [
      'when a span ends',
      () => trace.setGlobalTracerProvider({ getTracer: () => broken({ startSpan: () => broken({}) }) as never }),
    ],
    [
      'when a context is entered',
      () => {
        traceAll();
        jest.spyOn(context, 'with').mockImplementation(explode);
      },
    ],
    ['when it makes a meter', () => metrics.setGlobalMeterProvider({ getMeter: explode })],
    [
      'when it counts',
      () =>
        metrics.setGlobalMeterProvider({
          getMeter: () => broken({ createHistogram: () => broken({}), createCounter: () => broken({}) }) as never,
        }),
    ],
    [
      'when each of its instruments does',
      () => metrics.setGlobalMeterProvider({ getMeter: () => meterOf({ record: explode, add: explode }) as never }),
    ],
    [
      'when it is told to ask no more',
      () => metrics.setGlobalMeterProvider({ getMeter: () => meterOf({ removeCallback: explode }) as never }),
    ],
  ])('%s', async (_, register) => {
    register();
    const running = await ask('/fine');
    expect(ran).toBe(1);
    expect(running.runner.stats()).toMatchObject({ succeeded: 1, failed: 0 });
    await running.close();
    // it has diagnostics of its own
    expect(running.logger.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });
});
