import type { HandlerMethod } from './handler-classes.js';
import type { HandlerClass } from './metadata.js';

/**
 * The keys under which packages write down what they call by themselves, where there is no request.
 *
 * Each is called here like the constant that it copies; a spec compares them with the packages.
 */
export const CALLER_KEYS = {
  SCHEDULER_TYPE: 'SCHEDULER_TYPE',
  EVENT_LISTENER_METADATA: 'EVENT_LISTENER_METADATA',
  PROCESSOR_METADATA: 'bullmq:processor_metadata',
  ON_WORKER_EVENT_METADATA: 'bullmq:worker_events_metadata',
  ON_QUEUE_EVENT_METADATA: 'bullmq:queue_events_metadata',
} as const;

/** The description of the symbol that is such a key: each copy of the package has another one. */
export const RABBIT_HANDLER = 'RABBIT_HANDLER';

const PACKAGES: ReadonlyMap<string, string> = new Map([
  [CALLER_KEYS.SCHEDULER_TYPE, '@nestjs/schedule'],
  [CALLER_KEYS.EVENT_LISTENER_METADATA, '@nestjs/event-emitter'],
  [CALLER_KEYS.ON_WORKER_EVENT_METADATA, '@nestjs/bullmq'],
  [CALLER_KEYS.ON_QUEUE_EVENT_METADATA, '@nestjs/bullmq'],
]);

/** The package that calls this method of `metatype` with arguments of its own, as far as decorators say it. */
export function callerOf(metatype: HandlerClass, { key, method }: HandlerMethod): string | undefined {
  if (key === 'process' && Reflect.hasMetadata(CALLER_KEYS.PROCESSOR_METADATA, metatype)) return '@nestjs/bullmq';
  for (const written of Reflect.getMetadataKeys(method) as unknown[]) {
    if (typeof written === 'symbol' && written.description === RABBIT_HANDLER) return '@golevelup/nestjs-rabbitmq';
    const caller = typeof written === 'string' ? PACKAGES.get(written) : undefined;
    if (caller !== undefined) return caller;
  }
  return undefined;
}
