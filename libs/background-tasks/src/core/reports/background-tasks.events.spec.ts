import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { areObserved, type BackgroundTasksEvent, BackgroundTasksEvents, tellEvent } from './background-tasks.events.js';

describe('events', () => {
  let events: BackgroundTasksEvents;
  let told: string[];

  beforeEach(() => {
    events = new BackgroundTasksEvents();
    told = [];
  });

  const tell = (batchId: string): void => tellEvent(events, { type: 'finished', batchId });
  const note = (event: BackgroundTasksEvent): void => {
    told.push(event.type === 'drained' ? 'drained' : event.batchId);
  };

  it('are told to everybody who listens, at once, with the time', () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(5);
    const heard: BackgroundTasksEvent[] = [];
    events.events$.subscribe((event) => heard.push(event));
    events.events$.subscribe(note);
    tell('7');
    expect(heard).toEqual([{ type: 'finished', batchId: '7', timestamp: 5 }]);
    expect(told).toEqual(['7']);
    now.mockRestore();
  });

  it('are told no more to whoever has left', () => {
    const subscription = events.events$.subscribe(note);
    tell('1');
    subscription.unsubscribe();
    tell('2');
    expect(told).toEqual(['1']);
  });

  it('know whether anybody listens', () => {
    expect(areObserved(events)).toBe(false);
    const subscription = events.events$.subscribe(note);
    expect(areObserved(events)).toBe(true);
    subscription.unsubscribe();
    expect(areObserved(events)).toBe(false);
  });
});
