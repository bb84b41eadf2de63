import { Logger } from '@nestjs/common';
import {
  BackgroundTasksEvents,
  type EventFacts,
} from '../../libs/background-tasks/src/core/reports/background-tasks.events.js';
import { TaskReports } from '../../libs/background-tasks/src/core/reports/task-reports.js';
import { RecordingLogger } from './recording-logger.js';

/** Events, and everything that is told by them, without the time. */
export function recordedEvents() {
  const events = new BackgroundTasksEvents();
  const told: EventFacts[] = [];
  events.events$.subscribe(({ timestamp: _timestamp, ...event }) => void told.push(event));
  return { events, told };
}

/** Reports, everything that is told by them, and what is logged from now on. */
export function recordedReports() {
  const logger = new RecordingLogger();
  Logger.overrideLogger(logger);
  const { events, told } = recordedEvents();
  return { reports: new TaskReports(events), logger, told, events };
}

/** An event in words: its type, the task's name, and the reason of a skip. */
export function inWords(event: EventFacts): string {
  const name = 'name' in event ? ` ${event.name}` : '';
  const reason = 'reason' in event ? ` by ${event.reason}` : '';
  return `${event.type}${name}${reason}`;
}
