import { Logger } from '@nestjs/common';
import {
  BackgroundTasksEvents,
  type BackgroundTasksEvent,
} from '../../libs/background-tasks/src/background-tasks.events.js';
import { TaskReports } from '../../libs/background-tasks/src/task-reports.js';
import { RecordingLogger } from './recording-logger.js';

/** An event without what every event has. */
export type Told = Omit<BackgroundTasksEvent, 'timestamp'>;

/** Events, and everything that is told by them. */
export function recordedEvents() {
  const events = new BackgroundTasksEvents();
  const told: Told[] = [];
  events.events$.subscribe(({ timestamp: _timestamp, ...event }) => void told.push(event));
  return { events, told };
}

/** Reports, everything that is told by them, and what is logged from now on. */
export function recordedReports() {
  const logger = new RecordingLogger();
  Logger.overrideLogger(logger);
  const { events, told } = recordedEvents();
  return { reports: new TaskReports(events), logger, told };
}
