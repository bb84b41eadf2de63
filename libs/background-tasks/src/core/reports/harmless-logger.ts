import { Logger, type LoggerService } from '@nestjs/common';
import { stackOf, summaryOf } from '../errors/error-text.js';
import { lookAt, safely } from '../errors/safely.js';
import { quoted } from '../errors/wording.js';

/**
 * The logger of the library's lines, whatever logger the application has: one that throws, whose promise rejects, or that
 * lacks a method. Node warns of a line that was lost by that.
 *
 * Whoever buffers lines (`bufferLogs`) gets them just so.
 */
export class HarmlessLogger extends Logger {
  constructor() {
    super('BackgroundTasks');
  }

  override get localInstance(): LoggerService {
    return new Guarded(super.localInstance);
  }

  /**
   * One line at error level about what was thrown.
   *
   * Each logger reads a second argument in its own way, and an error there is lost by some. A text with the lines of a stack
   * is shown by all of them; and the line itself has all but the stack, for what has none.
   */
  failure(line: string, thrown: unknown, more = ''): void {
    const summary = summaryOf(thrown);
    this.error(`${line}${summary}${/[.!?]$/.test(summary) ? '' : '.'}${more}`, stackOf(thrown));
  }
}

/** What Nest's own interface says a logger has; it may be without others. */
const NEEDED: readonly string[] = ['log', 'error', 'warn'];

class Guarded implements LoggerService {
  /** There is none where logging is switched off. */
  readonly #logger: LoggerService | undefined;

  constructor(logger: LoggerService | undefined) {
    this.#logger = logger;
  }

  log(...line: unknown[]): void {
    this.#write('log', line);
  }

  error(...line: unknown[]): void {
    this.#write('error', line);
  }

  warn(...line: unknown[]): void {
    this.#write('warn', line);
  }

  debug(...line: unknown[]): void {
    this.#write('debug', line);
  }

  #write(level: 'log' | 'error' | 'warn' | 'debug', line: unknown[]): void {
    const logger = this.#logger;
    if (logger === undefined) return;
    safely(
      () => write(logger, level, line),
      (thrown) => warn(line, thrown),
    );
  }
}

/** Returns what the logger does, which may be a promise. */
function write(logger: LoggerService, level: 'log' | 'error' | 'warn' | 'debug', line: unknown[]): unknown {
  const method: unknown = logger[level];
  if (typeof method === 'function') return Reflect.apply(method, logger, line);
  if (NEEDED.includes(level)) throw new TypeError(`The logger has no method \`${level}\`.`);
  return undefined;
}

/** The first name in a line is that of the task that it is about. */
function warn([line]: unknown[], thrown: unknown): void {
  const about = /"(?:[^"\\]|\\.)*"/.exec(String(line))?.[0] ?? quoted([String(line)]);
  const warning = `The logger threw on a line about ${about}: ${summaryOf(thrown)}`;
  lookAt(() => process.emitWarning(warning, { type: 'BackgroundTasksWarning' }), undefined);
}
