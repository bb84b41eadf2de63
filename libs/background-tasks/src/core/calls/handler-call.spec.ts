import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { OwnCall } from './own-call.js';

const contextOfIt = {} as ExecutionContext;
const otherContext = {} as ExecutionContext;

let call: OwnCall;

beforeEach(() => {
  call = new OwnCall(new RecordingRunner(), contextOfIt);
});

describe('HandlerCall.isAbout', () => {
  it('is true of its context, from when it has started until it has ended', () => {
    expect(call.isAbout(contextOfIt)).toBe(false);
    call.started();
    expect(call.isAbout(contextOfIt)).toBe(true);
    call.ended('completed');
    expect(call.isAbout(contextOfIt)).toBe(false);
  });

  it('is false of another context, also when it has none itself', () => {
    call.started();
    const without = new OwnCall(new RecordingRunner());
    without.started();
    expect([call.isAbout(otherContext), without.isAbout(otherContext)]).toEqual([false, false]);
  });
});

describe('HandlerCall.ended', () => {
  it('is ignored of one that has not started', () => {
    call.ended('errored');
    expect(call.state).toBe('unseen');
  });

  it('counts once', () => {
    call.started();
    call.ended('errored');
    call.ended('completed');
    expect(call.state).toBe('errored');
  });
});
