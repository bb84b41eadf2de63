import { expect, it } from '@jest/globals';
import { Sse } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { isHandlerOfEvents, isStreamOfEvents } from './kinds-of-answers.js';

class Handlers {
  @Sse('stream') stream(): void {}
  @MessagePattern('message') message(): void {}
  @EventPattern({ kind: 'event' }) event(): void {}
}

const kinds = (method: object | undefined): boolean[] => [isStreamOfEvents(method), isHandlerOfEvents(method)];

it.each([
  ['a stream of events', 'stream', [true, false]],
  ['the answer to a message', 'message', [false, false]],
  ['none, to an event', 'event', [false, true]],
] as const)('tells that a handler gives %s', (_, key, expected) => {
  expect(kinds(Reflect.get(Handlers.prototype, key))).toEqual(expected);
});

it('tells nothing where no handler is known', () => {
  expect(kinds(undefined)).toEqual([false, false]);
});
