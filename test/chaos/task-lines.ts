import type { LoggerService } from '@nestjs/common';
import { stores } from './seen.js';
import type { Stage } from './stage.js';

const SUBJECT = /^Background task "([^"]+)"/;

/** A logger that hands each line about a task to that task, and looks at the async context it is written in. */
export function loggerOf(stage: Stage): LoggerService {
  const take =
    (level: string) =>
    (message: unknown, ...rest: unknown[]) => {
      if (rest.at(-1) === 'BackgroundTasks') note(stage, level, String(message), rest[0]);
    };
  return { log: take('log'), error: take('error'), warn: take('warn'), debug: take('debug') };
}

function note(stage: Stage, level: string, text: string, error: unknown): void {
  // one of many: what became of the task is known to whoever added it
  if (text.includes(' was refused: ')) return;
  const name = SUBJECT.exec(text)?.[1] ?? '';
  const request = stage.requests.get(name.split('.')[0] ?? '');
  const task = request?.tasks.find(({ plan }) => plan.name === name);
  if (task === undefined) return stage.complain(`An unexpected line: ${text}`, request);
  task.lines.push({ level, text, error: level === 'error' ? error : undefined });
  if (stores.getStore() === task.store) return;
  stage.complain(`the line "${text}" was written in the context of ${stores.getStore()?.request}`, request);
}
