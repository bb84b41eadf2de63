import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import { Injectable, type ModuleMetadata } from '@nestjs/common';
import {
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  type BackgroundTasksModuleOptions,
  type BackgroundTasks,
  currentTask,
  DurableTask,
  type RunOn,
} from 'nestjs-background-tasks';
import type { NewBatch } from '../../libs/background-tasks/src/durable/engine.js';
import { type Answer, type Platform, type Prepare, type Running, start } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { turn } from '../harness/bare-server.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { MemoryEngine } from '../harness/memory-engine.js';
import { dataOf } from '../harness/memory-store.js';
import { MemoryTasksModule } from '../harness/memory-tasks.module.js';

/** Provides the durable task of these tests. */
@Injectable()
export class Mailer {
  @DurableTask('mail.send')
  send(what: string): void {
    timeline.mark(`mail ${what} after ${currentTask()?.outcome}`);
  }

  /** Adds one that is stored under the name of its argument. */
  add(tasks: BackgroundTasks, what: string, runOn: RunOn = 'success'): void {
    tasks.addTask(this, 'send', what).with({ runOn });
  }
}

/** Milliseconds that are never over in a test, and those whose end one waits for. */
const PATIENT = 10_000;
const IMPATIENT = 150;

/** What the tests of this file know of the engine, and how it was asked; renewed for each. */
export const at: {
  engine: MemoryEngine;
  /** How many bytes of the response were out each time that something was stored. */
  out: number[];
  response?: ServerResponse | Http2ServerResponse;
  submitTimeout: number;
} = { engine: new MemoryEngine(), out: [], submitTimeout: PATIENT };

beforeEach(() => {
  at.engine = new MemoryEngine();
  at.out = [];
  at.engine.before = async ({ method }) => {
    if (method !== 'submit') return;
    await turn();
    at.out.push(bytesOut());
  };
});

/** How much of the last response is out; of one of HTTP/2, whether anything is. */
function bytesOut(): number {
  const { response } = at;
  if (response === undefined) return 0;
  return 'stream' in response ? Number(response.stream.headersSent) : (response.socket?.bytesWritten ?? 0);
}

/** What holds where responses wait for the store for a moment only. */
export function describeImpatient(name: string, test: () => void): void {
  describe.each([name])('%s', () => {
    // before the application is started, wherever that is done
    beforeAll(() => {
      at.submitTimeout = IMPATIENT;
    });

    afterAll(() => {
      at.submitTimeout = PATIENT;
    });

    test();
  });
}

/** What holds in each of the two ways in which an engine does not do what it is asked for. */
export function describeBroken(test: (breaks: (engine: MemoryEngine) => unknown) => void): void {
  describeImpatient('where the engine is down', () => test((engine) => Object.assign(engine, { down: true })));
  describeImpatient('where the engine does not answer', () =>
    test((engine) => Object.assign(engine, { hanging: true })),
  );
}

/** Has the engine break when something was stored so many times, and is to be once more. */
export function breaksAt(times: number, breaks: (engine: MemoryEngine) => unknown): void {
  const { before } = at.engine;
  let count = 0;
  at.engine.before = async (call) => {
    await before?.(call);
    if (call.method === 'submit' && count++ === times) breaks(at.engine);
  };
}

/** Holds up every store after `passed` ones until that is resolved; marks `storing`, and which it is, of all of them. */
export function storing(passed = 0): Deferred {
  const { before } = at.engine;
  const hold = deferred();
  let count = 0;
  at.engine.before = async (call) => {
    await before?.(call);
    if (call.method !== 'submit') return;
    timeline.mark(`storing ${count}`);
    if (count++ >= passed) await hold.promise;
  };
  return hold;
}

/** What a module needs for durable tasks that this test's engine stores. */
export function durable(
  tasks: BackgroundTasksModuleOptions & BackgroundTasksModuleExtras = {},
): NonNullable<ModuleMetadata['imports']> {
  return [
    BackgroundTasksModule.forRoot(tasks),
    MemoryTasksModule.forRoot({ engine: at.engine, submitTimeout: at.submitTimeout }),
  ];
}

/** Starts an application whose durable tasks this test's engine stores. */
export function startDurable(
  platform: Platform,
  { imports = [], providers = [], ...metadata }: ModuleMetadata,
  prepare?: Prepare,
  tasks?: Parameters<typeof durable>[0],
): Promise<Running> {
  const remember = (_: IncomingMessage, response: ServerResponse): void => {
    at.response = response;
  };
  return start(
    platform,
    {
      ...metadata,
      imports: [...imports, ...durable(tasks)],
      providers: [...providers, Mailer],
    },
    async (app) => {
      (app.getHttpServer() as Server).prependListener('request', remember);
      await prepare?.(app);
    },
    timeline,
  );
}

/** The arguments of the steps of each batch that the engine has by now, in the order in which they were stored. */
export function stored(): string[][] {
  const ids = at.engine.calls.filter(({ method }) => method === 'submit').map(({ id }) => id ?? '');
  const kept = ids.flatMap((id) => at.engine.store.find(id) ?? []);
  return kept.map((each) => (dataOf(each).batch as NewBatch).steps.flatMap(({ args }) => args as string[]));
}

/** The mails that were sent, and after which outcome. */
export const mails = (): string[] => timeline.of('mail ');

/** The plain answer where nothing could be stored; and nothing of it is anywhere, or ever will be. */
export async function expectRefused(
  { status, body }: Pick<Answer, 'status' | 'body'>,
  { runner }: Running,
): Promise<void> {
  expect(status).toBe(503);
  expect(JSON.parse(body)).toMatchObject({ statusCode: 503, error: 'Service Unavailable' });
  await expectNothingLeft({ runner });
}

/** Nothing of what was added is stored, or waits. */
export async function expectNothingLeft({ runner }: Pick<Running, 'runner'>): Promise<void> {
  await runner.idle();
  expect(stored()).toEqual([]);
  expect(mails()).toEqual([]);
  expect(runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, succeeded: 0 });
}

/** The loss of each of these is logged, in a line of its own. */
export function expectLost({ logger }: Pick<Running, 'logger'>, ...names: string[]): void {
  const lines = logger.ofTasks('error').map(({ message }) => String(message));
  expect(lines).toEqual(names.map((name) => expect.stringMatching(`"${name}".* could not be stored`)));
}
