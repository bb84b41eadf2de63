import { methodsOf } from './handler-classes.js';
import { type HandlerClass, KEYS, parametersOf } from './metadata.js';

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

/** A method of a class with handlers, and its name there, if that is known. */
interface Handler {
  getClass(): HandlerClass;
  getHandler(): object;
  readonly key?: string | symbol;
}

const answering = new WeakMap<object, boolean>();

/**
 * Whether `handler` answers by itself, and Nest sends nothing for it: it asks for the response, or for what calls the next
 * handler, without `passthrough`.
 */
export function answersByItself(handler: Handler): boolean {
  const method = handler.getHandler();
  const known = answering.get(method) ?? looksLikeIt(handler.getClass(), handler.key ?? keyOf(handler));
  answering.set(method, known);
  return known;
}

function keyOf(handler: Handler): string | symbol | undefined {
  const own = handler.getHandler();
  return methodsOf(handler.getClass()).find(({ method }) => method === own)?.key;
}

function looksLikeIt(handlers: HandlerClass, key: string | symbol | undefined): boolean {
  if (key === undefined) return false;
  const asks = parametersOf(handlers, key).some(({ isResponse, isNext }) => isResponse || isNext);
  return asks && !Reflect.getMetadata(KEYS.RESPONSE_PASSTHROUGH_METADATA, handlers, key);
}
