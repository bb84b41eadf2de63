import { describe, expect, it } from '@jest/globals';
import { Body, Get, Next, Res, Sse } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { answersByItself, isHandlerOfEvents, isStreamOfEvents } from './kinds-of-answers.js';

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

class Routes {
  @Get('sends') sends(@Res() _response: unknown): void {}
  @Get('hands-on') handsOn(@Next() _next: unknown): void {}
  @Get('returns') returns(@Body() _body: unknown): void {}
  @Get('attaches') attaches(@Res({ passthrough: true }) _response: unknown): void {}
}

class Heir extends Routes {}

describe.each([Routes, Heir])('%p', (handlers) => {
  it.each([
    ['sends', true],
    ['handsOn', true],
    ['returns', false],
    ['attaches', false],
  ] as const)('%s answers by itself: %p', (key, expected) => {
    const own = Reflect.get(handlers.prototype, key);
    const handler = { getClass: () => handlers, getHandler: () => own };
    expect(answersByItself(handler)).toBe(expected);
    // what stands in its place is called otherwise
    const standIn = (): void => {};
    expect(answersByItself({ ...handler, getHandler: () => standIn, key })).toBe(expected);
    expect(answersByItself({ ...handler, getHandler: () => (): void => {} })).toBe(false);
  });
});
