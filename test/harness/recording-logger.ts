import type { LoggerService } from '@nestjs/common';

/** One call of a logger. */
export interface LogLine {
  readonly level: string;
  readonly message: unknown;
  /** What came with the message, without the context. */
  readonly details: unknown[];
  readonly context: unknown;
}

/** Keeps what is logged instead of printing it. */
export class RecordingLogger implements LoggerService {
  readonly lines: LogLine[] = [];
  log = this.#record('log');
  error = this.#record('error');
  warn = this.#record('warn');
  debug = this.#record('debug');
  verbose = this.#record('verbose');
  fatal = this.#record('fatal');

  /** Resolves once there is a line of `level`. */
  async until(level: string): Promise<void> {
    while (!this.lines.some((line) => line.level === level)) await new Promise((resolve) => setImmediate(resolve));
  }

  /** The library's own lines of a level. */
  ofTasks(level: string): LogLine[] {
    return this.lines.filter((line) => line.context === 'BackgroundTasks' && line.level === level);
  }

  #record(level: string) {
    return (message: unknown, ...rest: unknown[]): void => {
      this.lines.push({ level, message, details: rest.slice(0, -1), context: rest.at(-1) });
    };
  }
}
