import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { OwnCall } from '../calls/own-call.js';
import { serveMessagesOf } from '../calls/application.js';
import { followEvents } from './subscriptions.js';

const OPTIONS = 'graphql:subscription_options;';

type Resolve = (this: unknown, ...args: unknown[]) => unknown;

/** What is being served, by each runner, where an event is resolved. */
let current: unknown[];
let runners: RecordingRunner[];

class Base {
  ticks(): void {}
}
const ticks = Reflect.get(Base.prototype, 'ticks') as object;

class One extends Base {}
class Other extends Base {}

const resolveOf = (): Resolve => (Reflect.getMetadata(OPTIONS, ticks) as { resolve: Resolve }).resolve;

beforeEach(() => {
  runners = [new RecordingRunner(), new RecordingRunner()];
  const resolve = (value: unknown): unknown => {
    current = runners.map(({ currentRequest }) => currentRequest.get());
    return value;
  };
  Reflect.defineMetadata(OPTIONS, { name: 'ticks', resolve }, ticks);
});

describe('followEvents', () => {
  it('resolves an event within a call of the application of its resolver, also of an inherited one', async () => {
    [One, Other].forEach((each, index) => serveMessagesOf(each, runners[index]));
    followEvents([One, Other]);
    expect(await resolveOf().call(new Other(), 'event')).toBe('event');
    expect(current).toEqual([undefined, expect.any(OwnCall)]);
    await resolveOf().call(new One(), 'event');
    expect(current).toEqual([expect.any(OwnCall), undefined]);
  });

  it('follows once, and keeps all that was said beside it', async () => {
    serveMessagesOf(One, runners[0]);
    followEvents([One]);
    const once = resolveOf();
    followEvents([One]);
    expect(resolveOf()).toBe(once);
    expect(Reflect.getMetadata(OPTIONS, ticks)).toMatchObject({ name: 'ticks' });
  });

  it('leaves alone what has no function to follow', () => {
    Reflect.defineMetadata(OPTIONS, { name: 'ticks' }, ticks);
    followEvents([One]);
    expect(Reflect.getMetadata(OPTIONS, ticks)).toEqual({ name: 'ticks' });
  });
});
