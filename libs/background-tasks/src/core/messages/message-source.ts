import type { Source } from '../batch/source.js';
import type { HandlerCall } from '../calls/handler-call.js';
import { eventOfGateway, patternsOf } from '../nest/names.js';

/** What the message is called that `call` is about: by the pattern that its handler is for, not by what has matched it. */
export function sourceOfMessage({ handler, name }: HandlerCall): Source {
  const method = handler?.getHandler() ?? {};
  if (handler?.getType?.() === 'ws') return { kind: 'ws', name: inWords([eventOfGateway(method)]), handler: name };
  return { kind: 'rpc', name: inWords(patternsOf(method)), handler: name };
}

function inWords(patterns: readonly unknown[]): string {
  return patterns.map((each) => (isPlain(each) ? JSON.stringify(each) : String(each))).join(' | ');
}

function isPlain(pattern: unknown): boolean {
  return typeof pattern === 'object' && pattern !== null && Object.getPrototypeOf(pattern) === Object.prototype;
}
