import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as bullmq from 'nestjs-background-tasks/bullmq';
import * as opentelemetry from 'nestjs-background-tasks/opentelemetry';
import * as pgBoss from 'nestjs-background-tasks/pg-boss';
import * as inspector from 'nestjs-background-tasks/inspector';
import * as piscina from 'nestjs-background-tasks/piscina';

/** Milliseconds for a test that starts a process, on a machine that may be busy. */
const PROCESS = 60_000;

/** What a process of its own prints that loads an entry of the library from its sources. */
async function printedByLoading(...entry: string[]): Promise<string[]> {
  const program = fileURLToPath(new URL('./load-entry.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...entry]);
  return stdout.trimEnd().split('\n');
}

/** The optional packages and further entries among loaded modules. */
function optionalAmong(urls: readonly string[]): string[] {
  const found = urls.flatMap(
    (url) =>
      /(node_modules\/(piscina|preact|p-retry|bullmq|ioredis|pg|pg-boss|@opentelemetry\/[\w-]+)|src\/(piscina|testing|durable|bullmq|pg-boss|opentelemetry|inspector))(?=\/)/.exec(
        url,
      )?.[0] ?? [],
  );
  return [...new Set(found)].toSorted();
}

describe('the entries of the library', () => {
  it.each([
    ['the main entry', '.', []],
    ['the one for tests', 'testing', ['src/testing']],
    ['the one for worker threads', 'piscina', ['node_modules/piscina', 'src/piscina']],
    ['the one for the inspector', 'inspector', ['src/inspector']],
    ['the one for BullMQ', 'bullmq', ['node_modules/bullmq', 'src/bullmq', 'src/durable']],
    // pg-boss itself has an API of OpenTelemetry
    [
      'the one for pg-boss',
      'pg-boss',
      ['node_modules/@opentelemetry/api', 'node_modules/pg', 'node_modules/pg-boss', 'src/durable', 'src/pg-boss'],
    ],
    ['the one for OpenTelemetry', 'opentelemetry', ['node_modules/@opentelemetry/api', 'src/opentelemetry']],
  ])(
    'load no more than they need: %s',
    async (_, entry, optional) => {
      const loaded = await printedByLoading(entry);
      expect(loaded).toContainEqual(expect.stringContaining('/node_modules/@nestjs/common/'));
      expect(optionalAmong(loaded)).toEqual(optional);
    },
    PROCESS,
  );

  it(
    'let the process end by itself when the threads are idle',
    async () => {
      expect((await printedByLoading('piscina', 'and-run')).at(-1)).toMatch(/^ran 1 time in thread [1-9]/);
    },
    PROCESS,
  );

  it('export what the documentation names, and nothing else', () => {
    expect(Object.keys(piscina).toSorted()).toEqual(['PiscinaTasksModule', 'WorkerTask']);
    expect(Object.keys(bullmq)).toEqual(['BullMqTasksModule']);
    expect(Object.keys(opentelemetry)).toEqual(['OpenTelemetryInterceptor']);
    expect(Object.keys(inspector).toSorted()).toEqual(['InspectorModule', 'onlyThisMachine']);
    expect(Object.keys(pgBoss)).toEqual(['PgBossTasksModule']);
  });
});
