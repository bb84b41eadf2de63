import { describe, expect, it } from '@jest/globals';
import { Mutation, Subscription } from '@nestjs/graphql';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { OwnCall } from '../calls/own-call.js';
import { sourceOfResolver } from './resolver-source.js';

class Users {
  @Mutation(() => String, { name: 'signUp' })
  createUser(): void {}

  @Subscription(() => String)
  ticks(): void {}
}

function callOf(method: keyof Users, args?: unknown[]): OwnCall {
  const call = new OwnCall(new RecordingRunner().application, sourceOfResolver);
  const names = { getClass: () => Users, getHandler: () => Users.prototype[method] };
  call.handler = args === undefined ? names : { ...names, getArgs: () => args };
  return call;
}

describe('what a resolver is called', () => {
  it('is the field that GraphQL says, whatever it was called with', () => {
    const info = { parentType: { name: 'User' }, fieldName: 'avatar' };
    const named = { kind: 'graphql', name: 'User.avatar', handler: 'Users.createUser' };
    expect(callOf('createUser', [{}, {}, {}, info]).source).toEqual(named);
    expect(callOf('createUser', [info]).source).toEqual(named);
  });

  it('is what its decorators say, where nothing else tells', () => {
    const of = (...args: Parameters<typeof callOf>) => callOf(...args).source.name;
    expect([of('createUser'), of('ticks'), of('ticks', [])]).toEqual([
      'Mutation.signUp',
      'Subscription.ticks',
      'Subscription.ticks',
    ]);
  });
});
