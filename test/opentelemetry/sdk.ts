import { afterEach } from '@jest/globals';
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { MeterProvider, MetricReader, type DataPoint, type Histogram } from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';
import { Timeline } from '../harness/timeline.js';

/** Is asked for the numbers, and by nobody else. */
class Asked extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** Registers what makes spans, until the test is over; `alsoTo` gets each of them, too. */
export function traceAll(alsoTo: readonly SpanExporter[] = []): Traced {
  const exporter = new InMemorySpanExporter();
  const ended = new Timeline();
  const marks: SpanExporter = {
    export(spans, done) {
      spans.forEach(({ name }) => ended.mark(name));
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
  const spanProcessors = [exporter, marks, ...alsoTo].map((each) => new SimpleSpanProcessor(each));
  new NodeTracerProvider({ spanProcessors }).register();
  return new Traced(exporter, ended);
}

/** The spans that have ended. */
export class Traced {
  constructor(
    private readonly exporter: InMemorySpanExporter,
    private readonly ended: Timeline,
  ) {}

  /** Resolves once so many of this name have ended. */
  until(name: string, times: number): Promise<void> {
    return this.ended.until(name, times);
  }

  get all(): ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  named(name: string): ReadableSpan[] {
    return this.all.filter((span) => span.name === name);
  }

  /** The only one of this name. */
  only(name: string): ReadableSpan {
    const [span, ...others] = this.named(name);
    if (span === undefined || others.length > 0) {
      throw new Error(`There are ${others.length + Number(span !== undefined)} spans "${name}".`);
    }
    return span;
  }
}

/** Registers what keeps numbers, until the test is over. */
export function measureAll(): Measured {
  const reader = new Asked();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return new Measured(reader);
}

/** The numbers that are kept. */
export class Measured {
  constructor(private readonly reader: MetricReader) {}

  /** Of one instrument, without the prefix of its name: each set of attributes, without theirs, and its value. */
  async of(name: string): Promise<Array<readonly [attributes: Record<string, unknown>, value: unknown]>> {
    const points = await this.points(name);
    return points.map(({ attributes, value }) => [
      Object.fromEntries(Object.entries(attributes).map(([key, each]) => [key.replace(PREFIX, ''), each])),
      typeof value === 'object' ? value.count : value,
    ]);
  }

  async points(name: string): Promise<Array<DataPoint<number | Histogram>>> {
    const metric = await this.metric(name);
    return (metric?.dataPoints ?? []) as Array<DataPoint<number | Histogram>>;
  }

  async metric(name: string) {
    const { resourceMetrics, errors } = await this.reader.collect();
    if (errors.length > 0) throw new AggregateError(errors);
    return resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .find((each) => each.descriptor.name === PREFIX + name);
  }
}

const PREFIX = 'nestjs.background_task.';

afterEach(() => {
  for (const api of [trace, metrics, context, propagation]) api.disable();
});
