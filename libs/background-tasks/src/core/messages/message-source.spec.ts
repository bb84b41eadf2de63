import { describe, expect, it } from '@jest/globals';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage } from '@nestjs/websockets';
import { contextOf } from '../../../../../test/harness/fake-context.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { OwnCall } from '../calls/own-call.js';
import { sourceOfMessage } from './message-source.js';

class Handlers {
  @MessagePattern('sum')
  sum(): void {}

  @MessagePattern([{ cmd: 'sum' }, /users\.\d/])
  several(): void {}

  @EventPattern({ kind: 'happened' })
  async event(): Promise<void> {}

  @SubscribeMessage('chat')
  @MessagePattern('also')
  both(): void {}
}

function callOf(type: 'rpc' | 'ws', method: keyof Handlers): OwnCall {
  const call = new OwnCall(new RecordingRunner().application, sourceOfMessage);
  const getHandler = () => Handlers.prototype[method];
  call.handler = { ...contextOf(type, [], Handlers), getType: () => type, getClass: () => Handlers, getHandler };
  return call;
}

describe('what a message is called', () => {
  it.each([
    ['rpc', 'sum', 'sum'],
    ['rpc', 'several', '{"cmd":"sum"} | /users\\.\\d/'],
    ['rpc', 'event', '{"kind":"happened"}'],
    ['rpc', 'both', 'also'],
    ['ws', 'both', 'chat'],
  ] as const)('is what its handler is for: %s %s', (kind, method, name) => {
    expect(callOf(kind, method).source).toEqual({ kind, name, handler: `Handlers.${method}` });
  });
});
