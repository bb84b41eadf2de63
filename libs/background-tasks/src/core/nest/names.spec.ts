import { describe, expect, it } from '@jest/globals';
import { ResolveField, Query } from '@nestjs/graphql';
import { MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage } from '@nestjs/websockets';
import { eventOfGateway, fieldOfResolver, patternsOf } from './names.js';

class Handlers {
  @MessagePattern(['one', { cmd: 'two' }])
  message(): void {}

  @SubscribeMessage('chat')
  gateway(): void {}

  @Query(() => String, { name: 'me' })
  query(): void {}

  @ResolveField()
  avatar(): void {}
}

const method = (key: keyof Handlers): (() => void) => Handlers.prototype[key];

describe('what Nest calls the handler', () => {
  it('of a message: its patterns', () => {
    expect([patternsOf(method('message')), patternsOf(method('gateway'))]).toEqual([['one', { cmd: 'two' }], []]);
  });

  it('of a gateway: its event', () => {
    expect([eventOfGateway(method('gateway')), eventOfGateway(method('message'))]).toEqual(['chat', undefined]);
  });

  it('of a field: its type, where that is said, and its name', () => {
    expect([fieldOfResolver(method('query')), fieldOfResolver(method('avatar'))]).toEqual([
      { type: 'Query', name: 'me' },
      { type: undefined, name: 'avatar' },
    ]);
  });
});
