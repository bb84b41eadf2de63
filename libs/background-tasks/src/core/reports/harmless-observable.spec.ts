import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { filter, map, take } from 'rxjs';
import { RecordingLogger } from '../../../../../test/harness/recording-logger.js';
import { type BackgroundTasksEvent, BackgroundTasksEvents, subjectOf } from './background-tasks.events.js';

const boom = new Error('boom');

function explode(): never {
  throw boom;
}

describe('the events of a HarmlessObservable', () => {
  let events: BackgroundTasksEvents;
  let logger: RecordingLogger;
  let told: string[];

  beforeEach(() => {
    logger = new RecordingLogger();
    Logger.overrideLogger(logger);
    events = new BackgroundTasksEvents();
    told = [];
  });

  const tell = (batchId: string): void => subjectOf(events).next({ type: 'finished', batchId, timestamp: 5 });
  const note = (event: BackgroundTasksEvent): void => {
    told.push(event.type === 'drained' ? 'drained' : event.batchId);
  };
  const logged = (): unknown[] => logger.ofTasks('error').map(({ message, details }) => [message, ...details]);

  it('go through the operators of rxjs', () => {
    const ids = events.events$.pipe(
      filter((event) => event.type === 'finished'),
      map(({ batchId }) => batchId),
    );
    ids.subscribe((id) => told.push(id));
    subjectOf(events).next({ type: 'drained', lost: [], timestamp: 5 });
    tell('1');
    expect(told).toEqual(['1']);
  });

  it('are told to an observer with fields of its own', () => {
    const observer = { seen: 0, next: note, error: explode, complete: explode };
    events.events$.subscribe(observer);
    tell('1');
    expect(told).toEqual(['1']);
  });

  it.each<[string, () => unknown]>([
    ['nothing', () => events.events$.subscribe()],
    ['null', () => events.events$.subscribe(null as never)],
    ['an observer of nothing', () => events.events$.subscribe({})],
  ])('take %s for a subscriber', (_, subscribe) => {
    subscribe();
    events.events$.subscribe(note);
    tell('1');
    expect(told).toEqual(['1']);
    expect(logged()).toEqual([]);
  });

  it('reach the others, and go on, when a subscriber throws', () => {
    events.events$.subscribe(explode);
    events.events$.subscribe(note);
    tell('1');
    tell('2');
    expect(told).toEqual(['1', '2']);
    const line = ['A subscriber of BackgroundTasksEvents threw Error: boom.', boom.stack];
    expect(logged()).toEqual([line, line]);
  });

  it('reach the others when the promise of a subscriber rejects', async () => {
    const rejecting: () => unknown = () => Promise.reject(boom);
    events.events$.subscribe(rejecting);
    events.events$.subscribe(note);
    tell('1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual(['1']);
    expect(logged()).toEqual([['A subscriber of BackgroundTasksEvents threw Error: boom.', boom.stack]]);
  });

  it('reach the others when a subscriber behind an operator throws', () => {
    events.events$.pipe(map(({ type }) => type)).subscribe(explode);
    events.events$.subscribe(note);
    tell('1');
    expect(told).toEqual(['1']);
    expect(logged()).toEqual([['A subscriber of BackgroundTasksEvents threw Error: boom.', boom.stack]]);
  });

  it('end for whoever has an operator that throws, and for nobody else', () => {
    events.events$.pipe(map(explode)).subscribe(note);
    events.events$.subscribe(note);
    tell('1');
    tell('2');
    expect(told).toEqual(['1', '2']);
    expect(logged()).toEqual([['A subscriber of BackgroundTasksEvents threw Error: boom.', boom.stack]]);
  });

  it('tell an observer of the error of its operator', () => {
    const errors: unknown[] = [];
    events.events$.pipe(map(explode)).subscribe({ error: (error) => errors.push(error) });
    tell('1');
    expect(errors).toEqual([boom]);
    expect(logged()).toEqual([]);
  });

  it('take the two functions that rxjs has always taken', () => {
    const errors: unknown[] = [];
    const failing = events.events$.pipe(map(explode));
    const subscribe = Reflect.get(failing, 'subscribe') as (...callbacks: unknown[]) => unknown;
    Reflect.apply(subscribe, failing, [undefined, (error: unknown) => errors.push(error)]);
    tell('1');
    expect(errors).toEqual([boom]);
  });

  it('tell an observer when an operator has had enough', () => {
    events.events$.pipe(take(1)).subscribe({ complete: () => told.push('complete') });
    tell('1');
    expect(told).toEqual(['complete']);
  });

  it('log an observer that throws when it is told of an error', () => {
    events.events$.pipe(map(explode)).subscribe({ error: explode });
    tell('1');
    expect(logged()).toEqual([['A subscriber of BackgroundTasksEvents threw Error: boom.', boom.stack]]);
  });
});
