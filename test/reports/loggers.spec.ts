import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from '../harness/application.js';
import { type Child, Program } from '../harness/program.js';

let program: Program;

beforeAll(async () => {
  program = await Program.compile('test/reports/loggers/child.ts');
});

afterAll(async () => {
  await program.remove();
});

describe.each([
  'ConsoleLogger',
  'ConsoleLogger, JSON',
  'nestjs-pino 4',
  'nestjs-pino 5',
  'nest-winston, JSON',
  'nest-winston, nestLike',
  'a class of its own',
])('what an operator reads by %s', (which) => {
  let child: Child;
  let printed: string;

  beforeAll(async () => {
    child = await program.start(which);
    for (const path of ['/send', '/nothing', '/flaky']) await request(child, path);
    // the drain waits for the tasks
    await child.terminate();
    printed = [...child.output.events, ...child.errors].join('\n');
  });

  /** All that is said of one line break in one way or another. */
  const lines = (): string => printed.replaceAll(String.raw`\n`, '\n').replaceAll(String.raw`\"`, '"');

  it('has the task, what it threw, and what was skipped, at error level', () => {
    expect(lines()).toContain(
      'Background task "send" failed: RangeError: boom, caused by TypeError: no connection. Skipped after it: "audit".',
    );
    expect(lines()).toMatch(/error|"level":50/i);
    expect(lines()).toContain('BackgroundTasks');
  });

  it('has the stack, and that of the cause', () => {
    expect(lines()).toMatch(/RangeError: boom[\s'+]*at send \(.*child\.js:\d+:\d+\)/);
    expect(lines()).toMatch(/Caused by: TypeError: no connection[\s'+]*at send \(.*child\.js:\d+:\d+\)/);
  });

  it('has what was thrown where that has no stack', () => {
    expect(lines()).toContain(`Background task "sendNothing" failed with \`'a string'\` (string).`);
  });

  it('has the error of an attempt that is made again', () => {
    expect(lines()).toContain('Background task "flaky" failed and is tried again, attempt 2: RangeError: boom');
    expect(lines()).toContain('Background task "flaky" failed after 2 attempts: RangeError: boom');
  });

  it('has what a subscriber of the events threw', () => {
    expect(lines()).toContain('A subscriber of BackgroundTasksEvents threw Error: a subscriber fails.');
    expect(lines()).toMatch(/Error: a subscriber fails[\s'+]*at .*child\.js:\d+:\d+/);
  });
});
