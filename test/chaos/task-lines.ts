import type { LoggerService } from '@nestjs/common';
import { type SeenTask, stores } from './seen.js';
import type { Stage } from './stage.js';

const SUBJECT = /^Background task "([^"]+)"/;

/** Lines that are about no end of a task: what was refused, and that a shutdown begins to wait. */
const OTHERS = /was refused|^The application shuts down/;

/** The rounds that are at work: there is one logger in a process, whatever application a line is of. */
const stages = new Set<Stage>();

/** Hands each line about a task to that task, and looks at the async context it is written in; until `forgetLines()`. */
export function loggerOf(stage: Stage): LoggerService {
  stages.add(stage);
  const take =
    (level: string) =>
    (message: unknown, ...rest: unknown[]) => {
      if (rest.at(-1) === 'BackgroundTasks') note(level, String(message), rest[0]);
    };
  return { log: take('log'), error: take('error'), warn: take('warn'), debug: take('debug') };
}

export function forgetLines(stage: Stage): void {
  stages.delete(stage);
}

function note(level: string, text: string, stack: unknown): void {
  if (OTHERS.test(text)) return;
  const name = SUBJECT.exec(text)?.[1] ?? '';
  const stage = [...stages].find((each) => each.objectNamed(name) !== undefined);
  const calls = stage?.objectNamed(name)?.calls ?? [];
  const store = stores.getStore();
  const task = calls.find((call) => call.store === store) ?? calls[0];
  if (stage === undefined || task === undefined) {
    stages.forEach((each) => each.complain(`An unexpected line: ${text}`));
    return;
  }
  const { request } = task;
  task.lines.push({ level, text });
  if (task.store !== store) stage.complain(`"${text}" was written in the context of ${store?.request}`, request);
  if (level === 'error') checkError(task, text, stack, stage);
}

/** A failure is told with its error, in a form that all loggers print. */
function checkError({ plan, request, attempts }: SeenTask, text: string, stack: unknown, stage: Stage): void {
  if (plan.throws !== 'an error' || attempts.at(-1)?.threw === undefined) return;
  const message = `Error: ${plan.name} fails on purpose`;
  if (!text.includes(message)) stage.complain(`a line without its error: ${text}`, request);
  if (typeof stack !== 'string' || !stack.includes(message)) stage.complain(`a line without a stack: ${text}`, request);
}
