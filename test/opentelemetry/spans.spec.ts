import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject } from '@nestjs/common';
import { context, INVALID_SPAN_CONTEXT, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  currentTask,
} from 'nestjs-background-tasks';
import { OpenTelemetryInterceptor } from 'nestjs-background-tasks/opentelemetry';
import { platforms, request, start } from '../harness/application.js';
import { traceAll } from './sdk.js';

type Act = (tasks: BackgroundTasks) => unknown;

@Controller()
class Anything {
  constructor(@Inject('act') private readonly act: Act) {}

  @Get()
  anything(tasks: BackgroundTasks): unknown {
    return trace.getTracer('test').startActiveSpan('handler', (span) => {
      try {
        return this.act(tasks);
      } finally {
        span.end();
      }
    });
  }
}

const parentOf = ({ parentSpanContext }: ReadableSpan): unknown => parentSpanContext?.spanId;
const traceOf = (span: ReadableSpan): string => span.spanContext().traceId;
const idOf = (span: ReadableSpan): string => span.spanContext().spanId;

describe.each(platforms)('the span of an attempt, on $name,', (platform) => {
  async function run(act: Act, options: BackgroundTasksModuleOptions = {}): Promise<void> {
    const interceptors = [OpenTelemetryInterceptor];
    const running = await start(platform, {
      imports: [BackgroundTasksModule.forRoot({ interceptors, ...options })],
      controllers: [Anything],
      providers: [{ provide: 'act', useValue: act }],
    });
    await request(running, '/');
    await running.runner.idle();
    await running.close();
  }

  const add = (name: string, fn: () => unknown = () => undefined): Act => {
    return (tasks) => tasks.addTask(fn).with({ name }).name;
  };

  it('has its name, its kind, and what is known of its task', async () => {
    const spans = traceAll();
    let batchId: string | undefined;
    await run(add('mail', () => (batchId = currentTask()?.batchId)));
    const span = spans.only('run mail');
    expect([span.kind, span.status]).toEqual([SpanKind.INTERNAL, { code: SpanStatusCode.UNSET }]);
    expect(span.attributes).toEqual({
      'nestjs.background_task.name': 'mail',
      'nestjs.background_task.batch.id': batchId,
      'nestjs.background_task.index': 0,
      'nestjs.background_task.attempt': 1,
      'nestjs.background_task.response.outcome': 'success',
      'nestjs.background_task.response.aborted': false,
    });
    expect(span.instrumentationScope.name).toBe('nestjs-background-tasks');
  });

  it('is a child of the span in which its task was added, which has ended, and linked to it', async () => {
    const spans = traceAll();
    await run(add('mail'));
    const [handler, task] = [spans.only('handler'), spans.only('run mail')];
    expect([traceOf(task), parentOf(task)]).toEqual([traceOf(handler), idOf(handler)]);
    expect(task.links.map((link) => link.context.spanId)).toEqual([idOf(handler)]);
    expect(spans.all.map(({ name }) => name)).toEqual(['handler', 'run mail']);
  });

  it('is in a trace of its own, and only linked, where that is asked for', async () => {
    const spans = traceAll();
    await run(add('mail'), { interceptors: [OpenTelemetryInterceptor.with({ relation: 'link' })] });
    const [handler, task] = [spans.only('handler'), spans.only('run mail')];
    expect(parentOf(task)).toBeUndefined();
    expect(traceOf(task)).not.toBe(traceOf(handler));
    expect(task.links.map((link) => link.context.spanId)).toEqual([idOf(handler)]);
  });

  it('has neither parent nor link where the span that was active is none', async () => {
    const spans = traceAll();
    await run((tasks) => {
      const none = trace.setSpanContext(context.active(), INVALID_SPAN_CONTEXT);
      return context.with(none, () => add('mail')(tasks));
    });
    const task = spans.only('run mail');
    expect([parentOf(task), task.links]).toEqual([undefined, []]);
  });

  it('is around what the task does, baggage included, and around the attempts of what it adds', async () => {
    const spans = traceAll();
    const seen: unknown[] = [];
    const inner = (): unknown => seen.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value);
    await run((tasks) => {
      const baggage = propagation.createBaggage({ tenant: { value: 'x' } });
      context.with(propagation.setBaggage(context.active(), baggage), () => {
        tasks.addTask(() => void add('inner', inner)(tasks)).with({ name: 'outer' });
      });
    });
    expect(parentOf(spans.only('run inner'))).toBe(idOf(spans.only('run outer')));
    expect(seen).toEqual(['x']);
  });

  it('is one for each attempt: siblings, of which those that have failed say so', async () => {
    const spans = traceAll();
    const boom = new RangeError('boom');
    await run((tasks) => {
      const flaky = (): void => {
        if (currentTask()?.attempt === 1) throw boom;
      };
      tasks.addTask(flaky).with({ name: 'flaky', retries: { retries: 1, minTimeout: 0 } });
    });
    const [first, second] = spans.named('run flaky') as [ReadableSpan, ReadableSpan];
    expect([parentOf(first), traceOf(first)]).toEqual([parentOf(second), traceOf(second)]);
    expect(first.status).toEqual({ code: SpanStatusCode.ERROR, message: 'boom' });
    expect(first.attributes['error.type']).toBe('RangeError');
    expect(first.events).toMatchObject([
      { name: 'exception', attributes: { 'exception.type': 'RangeError', 'exception.message': 'boom' } },
    ]);
    expect(second.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(second.attributes['nestjs.background_task.attempt']).toBe(2);
  });

  it('is none for a task that is skipped', async () => {
    const spans = traceAll();
    await run((tasks) => {
      tasks.addTask(() => Promise.reject(new Error('boom'))).with({ name: 'fails' });
      tasks.addTask(() => undefined).with({ name: 'after it' });
    });
    expect(spans.all.map(({ name }) => name)).toEqual(['handler', 'run fails']);
  });

  it.each([
    ['a deaf task at its timeout', { timeout: 20 }, {}, 'TimeoutError'],
    ['a task that the shutdown gives up', {}, { shutdownTimeout: 20 }, 'AbortError'],
  ])('ends with %s', async (_, task, options, type) => {
    const spans = traceAll();
    const interceptors = [OpenTelemetryInterceptor];
    const running = await start(platform, {
      imports: [BackgroundTasksModule.forRoot({ interceptors, ...options })],
      controllers: [Anything],
      providers: [
        {
          provide: 'act',
          useValue: (tasks: BackgroundTasks) => {
            tasks.addTask(() => new Promise(() => undefined)).with({ name: 'deaf', ...task });
          },
        },
      ],
    });
    await request(running, '/');
    await running.close();
    const { attributes, status } = spans.only('run deaf');
    expect([attributes['error.type'], status.code]).toEqual([type, SpanStatusCode.ERROR]);
  });
});
