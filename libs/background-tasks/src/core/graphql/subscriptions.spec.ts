import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Application } from '../calls/application.js';
import { OwnCall } from '../calls/own-call.js';
import { serveHandlers } from '../calls/shared-handlers.js';
import { followSubscriptions } from './subscriptions.js';

const OPTIONS = 'graphql:subscription_options;';

type Resolve = (this: unknown, ...args: unknown[]) => unknown;

/** What is being served, by each application, where an event is resolved. */
let current: unknown[];
let applications: [Application, Application];

class Base {
  ticks(): void {}
}
const ticks = Reflect.get(Base.prototype, 'ticks') as object;

class One extends Base {}
class Other extends Base {}

const resolveOf = (): Resolve => (Reflect.getMetadata(OPTIONS, ticks) as { resolve: Resolve }).resolve;

beforeEach(() => {
  applications = [new RecordingRunner().application, new RecordingRunner().application];
  const resolve = (value: unknown): unknown => {
    current = applications.map(({ currentCall }) => currentCall.served);
    return value;
  };
  Reflect.defineMetadata(OPTIONS, { name: 'ticks', resolve }, ticks);
});

describe('followSubscriptions', () => {
  it('resolves an event within a call of the application of its resolver, also of an inherited one', async () => {
    serveHandlers(One, applications[0]);
    serveHandlers(Other, applications[1]);
    followSubscriptions([One, Other]);
    expect(await resolveOf().call(new Other(), 'event')).toBe('event');
    expect(current).toEqual([undefined, expect.any(OwnCall)]);
    expect(current[1]).toMatchObject({ name: 'One.ticks' });
    await resolveOf().call(new One(), 'event');
    expect(current).toEqual([expect.any(OwnCall), undefined]);
  });

  it('resolves an event within a call of the application that has the resolver itself, where several have its class', async () => {
    const resolvers = applications.map(() => new One());
    applications.forEach((application, index) => {
      application.provides = (instance) => instance === resolvers[index];
      serveHandlers(One, application);
    });
    followSubscriptions([One]);
    for (const index of [0, 1] as const) {
      await resolveOf().call(resolvers[index], 'event');
      expect(current.map((served) => served instanceof OwnCall)).toEqual([index === 0, index === 1]);
    }
    expect(resolveOf().call(new One(), 'event')).toBe('event');
    expect(current).toEqual([undefined, undefined]);
  });

  it('follows once, and keeps all that was said beside it', async () => {
    serveHandlers(One, applications[0]);
    followSubscriptions([One]);
    const once = resolveOf();
    followSubscriptions([One]);
    expect(resolveOf()).toBe(once);
    expect(Reflect.getMetadata(OPTIONS, ticks)).toMatchObject({ name: 'ticks' });
  });

  it('resolves an event as before where no application has its resolver', () => {
    class Nobodys extends Base {}
    followSubscriptions([Nobodys]);
    expect(resolveOf().call(new Nobodys(), 'event')).toBe('event');
    expect(current).toEqual([undefined, undefined]);
  });

  it('leaves alone what has no function to follow', () => {
    Reflect.defineMetadata(OPTIONS, { name: 'ticks' }, ticks);
    followSubscriptions([One]);
    expect(Reflect.getMetadata(OPTIONS, ticks)).toEqual({ name: 'ticks' });
  });
});
