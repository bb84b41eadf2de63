import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { followedCall, rememberCall } from './handler-call.js';
import { OwnCall } from './own-call.js';

let call: OwnCall;

beforeEach(() => {
  call = new OwnCall(new RecordingRunner().application);
});

describe('the call that a context is about', () => {
  let contextOfIt: ExecutionContext;
  let otherContext: ExecutionContext;

  beforeEach(() => {
    contextOfIt = {} as ExecutionContext;
    otherContext = {} as ExecutionContext;
    rememberCall(contextOfIt, call);
  });

  it('is followed from when it has started until it has ended', () => {
    expect(followedCall(contextOfIt)).toBeUndefined();
    call.start();
    expect(followedCall(contextOfIt)).toBe(call);
    call.end('completed');
    expect(followedCall(contextOfIt)).toBeUndefined();
  });

  it('is that of no other context', () => {
    call.start();
    expect(followedCall(otherContext)).toBeUndefined();
  });
});

describe('HandlerCall.name', () => {
  it('is that of its handler, asked when somebody wants to know', () => {
    class Orders {
      place(): void {}
    }
    const [getClass, getHandler] = [() => Orders, jest.fn(() => Reflect.get(Orders.prototype, 'place') as object)];
    rememberCall({ getClass, getHandler } as unknown as ExecutionContext, call);
    expect(getHandler).not.toHaveBeenCalled();
    expect(call.name).toBe('Orders.place');
  });

  it('is that of what has no handler otherwise', () => {
    expect(call.name).toBe('scope()');
  });
});

describe('HandlerCall.outer', () => {
  it('is the call within which it was made, as long as that was at work', () => {
    const { application } = new RecordingRunner();
    const made: OwnCall[] = [];
    const make = (): void => void made.push(new OwnCall(application));
    const outer = new OwnCall(application);
    outer.within(make);
    outer.start();
    outer.within(make);
    outer.end('completed');
    outer.within(make);
    expectSame(
      made.map((each) => each.outer),
      undefined,
      outer,
      undefined,
    );
  });
});

describe('HandlerCall.end', () => {
  it('is ignored of one that has not started', () => {
    call.end('errored');
    expect(call.state).toBe('unseen');
  });

  it('counts once', () => {
    call.start();
    call.end('errored');
    call.end('completed');
    expect(call.state).toBe('errored');
  });

  it('counts once for a call that shares its batch, too', () => {
    const { application } = new RecordingRunner();
    const only = new FakeCall(application.newBatch(), application);
    only.end('completed');
    only.end('errored');
    expect(only.state).toBe('completed');
  });

  it('is told once to whoever asked, with how', () => {
    const ended: unknown[] = [];
    call.start();
    call.onceEnded((state) => ended.push(['first', state]));
    call.onceEnded((state) => ended.push(['second', state, call.state]));
    expect(ended).toEqual([]);
    call.end('completed');
    call.end('torn down');
    expect(ended).toEqual([
      ['first', 'completed'],
      ['second', 'completed', 'completed'],
    ]);
  });
});
