import { beforeEach, describe, expect, it } from '@jest/globals';
import { type BackgroundTasksEvent, BackgroundTasksEvents, subjectOf } from './background-tasks.events.js';

describe('events', () => {
  let events: BackgroundTasksEvents;
  let told: string[];

  beforeEach(() => {
    events = new BackgroundTasksEvents();
    told = [];
  });

  const tell = (batchId: string): void => subjectOf(events).next({ type: 'finished', batchId, timestamp: 5 });
  const note = (event: BackgroundTasksEvent): void => {
    told.push(event.type === 'drained' ? 'drained' : event.batchId);
  };

  it('are told to everybody who listens, at once, with the time', () => {
    const heard: BackgroundTasksEvent[] = [];
    events.events$.subscribe((event) => heard.push(event));
    events.events$.subscribe(note);
    tell('7');
    expect(heard).toEqual([{ type: 'finished', batchId: '7', timestamp: 5 }]);
    expect(told).toEqual(['7']);
  });

  it('are told no more to whoever has left', () => {
    const subscription = events.events$.subscribe(note);
    tell('1');
    subscription.unsubscribe();
    tell('2');
    expect(told).toEqual(['1']);
  });

  it('know whether anybody listens', () => {
    expect(subjectOf(events).observed).toBe(false);
    const subscription = events.events$.subscribe(note);
    expect(subjectOf(events).observed).toBe(true);
    subscription.unsubscribe();
    expect(subjectOf(events).observed).toBe(false);
  });
});
