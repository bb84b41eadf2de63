import type { Outcome, RunOn } from 'nestjs-background-tasks';

/** Where the code that adds a task stands. */
export type Place = 'middleware' | 'guard' | 'handler' | 'handler, later' | 'unawaited' | 'task';

/** How that code got hold of the tasks. */
export type Way = 'parameter' | 'injected' | 'response';

/** How long the function of a task takes, and what it returns. */
export type Pace = 'at once' | 'microtask' | 'lazy thenable' | 'turns' | 'timer' | 'until its signal aborts';

/** What the function of one task does. */
export interface TaskPlan {
  /** Begins with the id of its request. */
  readonly name: string;
  readonly pace: Pace;
  /** Turns of the event loop, or milliseconds, where the pace needs a number. */
  readonly length: number;
  /** Attempts that fail before one succeeds. */
  readonly failures: number;
  readonly throws: 'an error' | 'a string' | 'undefined';
  readonly retries: number;
  readonly hasLongTimeout: boolean;
  readonly runOn?: RunOn;
  /** What its first attempt adds. */
  readonly nested: readonly AddPlan[];
}

/** One statement that adds a task, or a group of tasks. */
export interface AddPlan {
  readonly place: Place;
  readonly way: Way;
  readonly form: 'function' | 'method' | 'task' | 'group';
  /** Turns of the event loop to wait for, in code that can wait. */
  readonly turns: number;
  /** Whether code that nobody awaits waits for the end of the response first. */
  readonly isAfterTheEnd: boolean;
  /** Whether it runs in an async context within that of its request. */
  readonly hasOwnStore: boolean;
  /** Whether it lets the error through when the task is refused. */
  readonly rethrows: boolean;
  /** What a group says for those of its tasks that say nothing themselves. */
  readonly runOn?: RunOn;
  /** More than one in a group only. */
  readonly tasks: readonly TaskPlan[];
}

/** What is known of an ending without looking. */
export interface EndingFacts {
  readonly status: number;
  readonly outcome: Outcome;
  /** The innermost code of the request that is reached. */
  readonly reaches: 'middleware' | 'guard' | 'handler';
  /** The handler has code after an await. */
  readonly awaits?: true;
  /** Only the client's leaving ends it. */
  readonly isEndless?: true;
  /** The connection goes down with it. */
  readonly breaks?: true;
}

/** Every way in which a response can end, but for the client's leaving. */
export const ENDINGS = {
  json: { status: 200, outcome: 'success', reaches: 'handler' },
  promise: { status: 200, outcome: 'success', reaches: 'handler', awaits: true },
  observable: { status: 200, outcome: 'success', reaches: 'handler' },
  'slow-observable': { status: 200, outcome: 'success', reaches: 'handler' },
  passthrough: { status: 202, outcome: 'success', reaches: 'handler' },
  'no-content': { status: 204, outcome: 'success', reaches: 'handler' },
  redirect: { status: 302, outcome: 'success', reaches: 'handler' },
  file: { status: 200, outcome: 'success', reaches: 'handler' },
  'broken-file': { status: 200, outcome: 'success', reaches: 'handler', breaks: true },
  huge: { status: 200, outcome: 'success', reaches: 'handler' },
  'sends-then-awaits': { status: 200, outcome: 'success', reaches: 'handler', awaits: true },
  'sends-later': { status: 200, outcome: 'success', reaches: 'handler' },
  throws: { status: 400, outcome: 'failure', reaches: 'handler' },
  'throws-later': { status: 400, outcome: 'failure', reaches: 'handler', awaits: true },
  rescued: { status: 200, outcome: 'failure', reaches: 'handler' },
  'pipe-throws': { status: 400, outcome: 'failure', reaches: 'guard' },
  'interceptor-throws': { status: 500, outcome: 'failure', reaches: 'guard' },
  denied: { status: 403, outcome: 'failure', reaches: 'guard' },
  'sse-that-ends': { status: 200, outcome: 'success', reaches: 'handler' },
  sse: { status: 200, outcome: 'success', reaches: 'handler', isEndless: true },
  never: { status: 200, outcome: 'failure', reaches: 'handler', isEndless: true },
  'middleware-answers': { status: 202, outcome: 'success', reaches: 'middleware' },
  'middleware-throws': { status: 400, outcome: 'failure', reaches: 'middleware' },
  nowhere: { status: 404, outcome: 'failure', reaches: 'middleware' },
} as const satisfies Record<string, EndingFacts>;

export type Ending = keyof typeof ENDINGS;

/** What is known of `ending` without looking. */
export function factsOf(ending: Ending): EndingFacts {
  return ENDINGS[ending];
}

export interface RequestPlan {
  /** Unique in its round. */
  readonly id: string;
  /** A scoped controller is made for each request, and has a guard. */
  readonly controller: 'static' | 'scoped';
  readonly ending: Ending;
  /** Turns of the event loop that its guard and its handler take, where they take any. */
  readonly turns: number;
  readonly adds: readonly AddPlan[];
}

/** When and how a client leaves without waiting for its answers. */
export interface HangUpPlan {
  readonly after: 'sending' | 'arrival' | 'first byte';
  /** Turns of the event loop to wait for then. */
  readonly turns: number;
  /** Whether it stops reading first. */
  readonly stopsReading: boolean;
  /** On HTTP/2, whether it leaves with its whole session or cancels each stream. */
  readonly isWhole: boolean;
}

/** Requests that are sent at once on one connection: pipelined, where it is one of HTTP/1.1. */
export interface BurstPlan {
  readonly requests: readonly RequestPlan[];
  readonly hangUp?: HangUpPlan;
}

export type Transport = 'HTTP/1.1' | 'HTTP/2' | 'inject';

/** One connection, kept alive from burst to burst. */
export interface ConnectionPlan {
  readonly transport: Transport;
  readonly bursts: readonly BurstPlan[];
}

/** One application, its options, and what is done to it. */
export interface RoundPlan {
  readonly hasMiddleware: boolean;
  readonly hasInterceptor: boolean;
  readonly onFailure: 'stop' | 'continue';
  readonly concurrency: number;
  readonly maxPending: number;
  /** Shuts down once that many requests have arrived, with others in flight. */
  readonly closesAfter: number;
  /** Connections that are open at once. */
  readonly clients: number;
  readonly connections: readonly ConnectionPlan[];
}

/** The requests of a round. */
export function requestsOf({ connections }: RoundPlan): RequestPlan[] {
  return connections.flatMap(({ bursts }) => bursts.flatMap(({ requests }) => [...requests]));
}

/** The tasks of `adds`, those that they add themselves included. */
export function tasksOf(adds: readonly AddPlan[]): TaskPlan[] {
  return adds.flatMap(({ tasks }) => tasks.flatMap((task) => [task, ...tasksOf(task.nested)]));
}
