import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from './client.js';
import { type Counts, nothing, sum } from './counts.js';
import type { Listening, Measured } from './messages.js';
import { kindOf } from './traffic.js';

/** Requests before the count: what is compiled and cached on first use is no leak. */
const WARM_UP = 10_000;
const CONCURRENCY = 64;
/** Where the heap is looked at, as parts of all requests. */
const MARKS = [0.1, 0.5, 1];
/** Bytes by which the heap may differ between them. */
const TOLERANCE = 2 * 2 ** 20;

/** The heap of the server after so many requests, in bytes. */
export interface Mark {
  readonly requests: number;
  readonly heapUsed: number;
}

/** What came of a soak; one without complaints has passed. */
export interface Result {
  readonly marks: readonly Mark[];
  readonly counts: Counts;
  readonly complaints: readonly string[];
}

/** Makes so many requests to an application on `platform`, and tells `progress` how far it has come. */
export async function soak(platform: string, requests: number, progress: (message: string) => void): Promise<Result> {
  linkLibrary();
  const server = fork(fileURLToPath(new URL('server.js', import.meta.url)), [platform], { execArgv: ['--expose-gc'] });
  try {
    const { port } = await messageFrom<Listening>(server);
    const client = new Client(port, CONCURRENCY);
    await client.open();
    const result = await drive(client, () => measure(server), requests, progress);
    client.close();
    return result;
  } finally {
    server.kill();
  }
}

/** Puts the built library where the server finds it by its name. */
function linkLibrary(): void {
  const folder = new URL('node_modules/', import.meta.url);
  const link = new URL('nestjs-background-tasks', folder);
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(new URL('../../libs/background-tasks', import.meta.url), link);
}

async function drive(
  client: Client,
  measureServer: () => Promise<Measured>,
  requests: number,
  progress: (message: string) => void,
): Promise<Result> {
  await client.send(0, WARM_UP);
  let counts = countsOf(0, WARM_UP);
  let sent = WARM_UP;
  const marks: Mark[] = [];
  const complaints: string[] = [];
  for (const part of MARKS) {
    const end = WARM_UP + Math.round(requests * part);
    await client.send(sent, end);
    counts = sum(counts, countsOf(sent, end));
    sent = end;
    const { heapUsed, stats, warnings } = await measureServer();
    marks.push({ requests: sent - WARM_UP, heapUsed });
    progress(`${sent - WARM_UP} of ${requests} requests, heap ${(heapUsed / 2 ** 20).toFixed(2)} MB`);
    complaints.push(
      ...warnings,
      ...differences(stats, { ...counts, batches: 0, pending: 0, running: 0, draining: false }),
    );
  }
  const heaps = marks.map(({ heapUsed }) => heapUsed);
  const grown = Math.max(...heaps) - Math.min(...heaps);
  if (grown > TOLERANCE) complaints.push(`The heap differs by ${(grown / 2 ** 20).toFixed(2)} MB.`);
  return { marks, counts, complaints };
}

function countsOf(first: number, end: number): Counts {
  let counts = nothing;
  for (let number = first; number < end; number++) counts = sum(counts, kindOf(number).counts);
  return counts;
}

function differences<T extends object>(actual: T, expected: Partial<T>): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => actual[name as keyof T] !== value)
    .map(([name, value]) => `Expected ${name} to be ${String(value)}, got ${String(actual[name as keyof T])}.`);
}

function measure(server: ChildProcess): Promise<Measured> {
  server.send('measure');
  return messageFrom<Measured>(server);
}

async function messageFrom<T>(server: ChildProcess): Promise<T> {
  const gone = once(server, 'exit').then(() => Promise.reject(new Error('The server has ended.')));
  const [message] = (await Promise.race([once(server, 'message'), gone])) as [T];
  return message;
}
