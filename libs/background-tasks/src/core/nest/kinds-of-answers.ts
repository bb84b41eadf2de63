import { KEYS } from './metadata.js';

/** Of a handler of messages that nobody answers: `PatternHandler.EVENT`. */
export const EVENT_KIND = 2;

/** Whether `method`, a handler of HTTP, answers with a stream of events: `@Sse()`. */
export function isStreamOfEvents(method: object | undefined): boolean {
  return method !== undefined && Reflect.hasMetadata(KEYS.SSE_METADATA, method);
}

/** Whether `method` is a handler of messages that nobody answers: `@EventPattern()`. */
export function isHandlerOfEvents(method: object | undefined): boolean {
  return method !== undefined && Reflect.getMetadata(KEYS.PATTERN_HANDLER_METADATA, method) === EVENT_KIND;
}
