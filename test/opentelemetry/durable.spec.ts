import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, type Type } from '@nestjs/common';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  currentTask,
} from 'nestjs-background-tasks';
import { OpenTelemetryInterceptor } from 'nestjs-background-tasks/opentelemetry';
import { type DurableRunning, startDurable } from '../durable/application.js';
import { beginAnew, Mailer, script } from '../durable/mailer.js';
import { platforms, request } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { type Traced, traceAll } from './sdk.js';

const MESSAGING = { 'messaging.system': 'memory', 'messaging.destination.name': 'mails' };

@Controller()
class Handlers {
  constructor(private readonly mailer: Mailer) {}

  @Get()
  sends(tasks: BackgroundTasks): string {
    const baggage = propagation.createBaggage({ tenant: { value: 'x' } });
    return trace.getTracer('test').startActiveSpan('handler', (span) => {
      context.with(propagation.setBaggage(context.active(), baggage), () => {
        tasks.addTask(this.mailer, 'send', 'a').with({ retries: { retries: 1, minTimeout: 1 } });
        tasks.addTask(this.mailer, 'send', 'b');
      });
      span.end();
      return 'fine';
    });
  }
}

describe.each(platforms)('the spans of durable tasks, on $name,', (platform) => {
  let running: DurableRunning;
  let spans: Traced;
  let batchId: string | undefined;

  beforeEach(() => {
    beginAnew();
    spans = traceAll();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  async function begin(interceptor: Type<OpenTelemetryInterceptor>, options: BackgroundTasksModuleOptions = {}) {
    const imports = [BackgroundTasksModule.forRoot({ interceptors: [interceptor], ...options })];
    running = await startDurable(platform, { controllers: [Handlers], imports }, { queue: 'mails' });
  }

  const idOf = (name: string): string => spans.only(name).spanContext().spanId;

  it('lead from the request to its storing and to each step, linked to the storing', async () => {
    await begin(OpenTelemetryInterceptor);
    let tenant: string | undefined;
    script.set('a', () => {
      batchId = currentTask()?.batchId;
      tenant = propagation.getActiveBaggage()?.getEntry('tenant')?.value;
    });
    await request(running, '/');
    await spans.until('process mails', 2);
    const [send, steps] = [spans.only('send mails'), spans.named('process mails')];
    expect(send.kind).toBe(SpanKind.PRODUCER);
    expect(send.parentSpanContext?.spanId).toBe(idOf('handler'));
    const messaging = { ...MESSAGING, 'messaging.message.id': batchId };
    const did = (operation: string) => ({
      ...messaging,
      'messaging.operation.name': operation,
      'messaging.operation.type': operation,
    });
    expect(send.attributes).toEqual(did('send'));
    expect(steps.map(({ kind }) => kind)).toEqual([SpanKind.CONSUMER, SpanKind.CONSUMER]);
    for (const [index, step] of steps.entries()) {
      expect(step.spanContext().traceId).toBe(send.spanContext().traceId);
      expect(step.parentSpanContext?.spanId).toBe(idOf('handler'));
      expect(step.links.map((link) => link.context.spanId)).toEqual([idOf('send mails')]);
      expect(step.attributes).toEqual({
        ...did('process'),
        'nestjs.background_task.name': 'Mailer.send',
        'nestjs.background_task.batch.id': batchId,
        'nestjs.background_task.index': index,
        'nestjs.background_task.attempt': 1,
        'nestjs.background_task.response.outcome': 'success',
        'nestjs.background_task.response.aborted': false,
      });
    }
    expect(tenant).toBe('x');
  });

  it('are in traces of their own, and linked to the storing, where that is asked for', async () => {
    await begin(OpenTelemetryInterceptor.with({ relation: 'link' }));
    await request(running, '/');
    await spans.until('process mails', 2);
    const [send, steps] = [spans.only('send mails'), spans.named('process mails')];
    expect(send.parentSpanContext?.spanId).toBe(idOf('handler'));
    expect(steps.map((step) => step.parentSpanContext)).toEqual([undefined, undefined]);
    expect(new Set([send, ...steps].map((each) => each.spanContext().traceId)).size).toBe(3);
    for (const step of steps) {
      expect(step.links.map((link) => link.context.spanId)).toEqual([idOf('send mails')]);
    }
  });

  it('are siblings for the attempts of one step', async () => {
    await begin(OpenTelemetryInterceptor);
    script.set('a', () => {
      if (currentTask()?.attempt === 1) throw new RangeError('boom');
    });
    await request(running, '/');
    await spans.until('process mails', 3);
    const steps = spans.named('process mails');
    expect(steps.map(({ attributes }) => attributes['nestjs.background_task.attempt'])).toEqual([1, 2, 1]);
    expect(steps.map(({ status }) => status.code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.UNSET,
      SpanStatusCode.UNSET,
    ]);
    expect(new Set(steps.map((step) => step.parentSpanContext?.spanId))).toEqual(new Set([idOf('handler')]));
  });

  it('say that a batch could not be stored', async () => {
    await begin(OpenTelemetryInterceptor);
    running.engine.before = async ({ method }) => {
      if (method === 'submit') throw new RangeError('full');
    };
    expect(await request(running, '/')).toMatchObject({ status: 503 });
    const { status, attributes } = spans.only('send mails');
    expect([status.code, attributes['error.type']]).toEqual([SpanStatusCode.ERROR, 'RangeError']);
    expect(spans.named('process mails')).toEqual([]);
  });

  it('end, and the tasks run, where nothing can be carried', async () => {
    await begin(OpenTelemetryInterceptor);
    jest.spyOn(propagation, 'inject').mockImplementation(() => {
      throw new RangeError('too long');
    });
    expect(await request(running, '/')).toMatchObject({ status: 200 });
    await spans.until('process mails', 2);
    expect(spans.only('send mails').status.code).toBe(SpanStatusCode.UNSET);
  });

  it('end where the engine never answers, when nobody waits for it any longer', async () => {
    await begin(OpenTelemetryInterceptor);
    running.engine.hanging = true;
    expect(await request(running, '/')).toMatchObject({ status: 503 });
    const { status } = spans.only('send mails');
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'The engine has not answered within 50 ms.' });
  });

  it.each([
    ['the worker loses its claim', 'LostClaimError', async () => running.engine.store.lapse(batchId ?? '')],
    ['the shutdown waits no longer', 'AbortError', () => running.close()],
  ])('end where the task is deaf and %s', async (_, type, end) => {
    await begin(OpenTelemetryInterceptor, { shutdownTimeout: 20 });
    const entered = deferred();
    script.set('a', () => {
      ({ batchId } = currentTask() ?? {});
      script.delete('a');
      entered.resolve();
      return new Promise(() => undefined);
    });
    await request(running, '/');
    await entered.promise;
    await end();
    await spans.until('process mails', 1);
    expect(spans.named('process mails')[0]?.attributes['error.type']).toBe(type);
  });
});
