import {
  type Attributes,
  context,
  type Context,
  isSpanContextValid,
  type Link,
  type Span,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { lookAt } from '../core/errors/safely.js';
import type { TaskContext } from '../core/tasks/task-context.js';
import type { StoredBatch } from '../core/tasks/task-interceptor.js';
import { aroundStoring, carryTrace, senderOf } from './carried-trace.js';
import type { OpenTelemetryOptions } from './opentelemetry.options.js';

type Relation = Required<OpenTelemetryOptions>['relation'];

/** A span that has begun, and what is to happen within it. */
export interface Begun {
  readonly span: Span;
  readonly within: Context;
}

/** Begins the span of one attempt, here or, of a durable task, in a worker. */
export function beginAttempt(tracer: Tracer, task: TaskContext, relation: Relation): Begun {
  const { stored, carried } = task;
  const around = stored === undefined ? context.active() : aroundStoring(carried);
  const links = linksTo(stored === undefined ? around : senderOf(carried));
  const name = stored === undefined ? `run ${task.name}` : `process ${stored.queue}`;
  const kind = stored === undefined ? SpanKind.INTERNAL : SpanKind.CONSUMER;
  const attributes = { ...attributesOf(task), ...(stored && messagingAttributes('process', task.batchId, stored)) };
  const span = tracer.startSpan(name, { kind, attributes, links, root: relation === 'link' }, around);
  // an id is made when somebody asks, and no sampler does
  if (span.isRecording()) span.setAttribute('nestjs.background_task.batch.id', task.batchId);
  return { span, within: trace.setSpan(around, span) };
}

/** Begins the span of a storing, and has what is carried lead to it and to what is around it. */
export function beginStoring(tracer: Tracer, batch: StoredBatch): Begun {
  const around = context.active();
  const attributes = messagingAttributes('send', batch.batchId, batch);
  const span = tracer.startSpan(`send ${batch.queue}`, { kind: SpanKind.PRODUCER, attributes }, around);
  // where that fails, the span has begun all the same, and is to end
  lookAt(() => carryTrace(batch.carry, around, span), undefined);
  return { span, within: trace.setSpan(around, span) };
}

function linksTo(around: Context): Link[] {
  const linked = trace.getSpanContext(around);
  return linked !== undefined && isSpanContextValid(linked) ? [{ context: linked }] : [];
}

function attributesOf({ name, index, attempt, outcome, aborted }: TaskContext): Attributes {
  return {
    'nestjs.background_task.name': name,
    'nestjs.background_task.index': index,
    'nestjs.background_task.attempt': attempt,
    'nestjs.background_task.response.outcome': outcome,
    'nestjs.background_task.response.aborted': aborted,
  };
}

function messagingAttributes(
  operation: 'send' | 'process',
  batchId: string,
  { system, queue }: { readonly system: string; readonly queue: string },
): Attributes {
  return {
    'messaging.system': system,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': queue,
    'messaging.message.id': batchId,
  };
}
