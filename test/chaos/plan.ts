import type { Outcome, RunOn } from 'nestjs-background-tasks';

/** Where the code that adds a task stands. */
export type Place =
  | 'app.use'
  | 'middleware'
  | 'guard'
  | 'outer interceptor'
  | 'pipe'
  | 'handler'
  | 'handler, later'
  | 'outer interceptor, after'
  | 'unawaited'
  | 'task';

/** How that code got hold of the tasks. */
export type Way = 'parameter' | 'injected' | 'response';

/** How long the function of a task takes, and what it returns. */
export type Pace =
  | 'at once'
  | 'microtask'
  | 'lazy thenable'
  | 'turns'
  | 'timer'
  | 'observable'
  | 'an array'
  | 'a generator'
  | 'an async generator'
  | 'until its signal aborts'
  | 'observable without an end'
  | 'without an end';

/** What a function throws that fails; the last three cannot be looked at. */
export type Thrown =
  | 'an error'
  | 'a string'
  | 'undefined'
  | 'a revoked proxy'
  | 'an error with bad getters'
  | 'an object with a bad inspect';

/** What an interceptor of tasks does beside calling `next()`. */
export type Around = 'nothing' | 'swallows' | 'lingers' | 'calls next too late';

/** What the function of one task does. */
export interface TaskPlan {
  /** Begins with the id of its request. */
  readonly name: string;
  readonly pace: Pace;
  /** Turns of the event loop, or milliseconds, where the pace needs a number. */
  readonly length: number;
  /** Attempts that fail before one succeeds. */
  readonly failures: number;
  readonly throws: Thrown;
  readonly retries: number;
  readonly hasLongTimeout: boolean;
  readonly around: Around;
  readonly runOn?: RunOn;
  /** What its first attempt adds, when it is called first. */
  readonly nested: readonly AddPlan[];
}

/** Paces that end by a timeout of their own. */
export function isTimedOut(pace: Pace): boolean {
  return pace === 'until its signal aborts' || pace.endsWith('without an end');
}

/** Paces whose result nobody iterates. */
export function isGenerator(pace: Pace): boolean {
  return pace === 'a generator' || pace === 'an async generator';
}

/** What is done with a task right after it was added: each of them changes nothing. */
export type Merge =
  'adds it' | 'attaches it' | 'attaches it with what is attached' | 'attaches all' | '??=' | 'attaches nothing';

/** One statement that adds a task or a group of tasks, or does something with one that is there. */
export interface AddPlan {
  readonly place: Place;
  readonly way: Way;
  /** `shared`: a task of the round; `again`: one that was made for this request before; `cancel` cancels such a one. */
  readonly form: 'function' | 'method' | 'task' | 'group' | 'shared' | 'again' | 'cancel';
  /** Which one, where the form leaves a choice. */
  readonly target: number;
  /** In which call of its handler, from 1. */
  readonly call: number;
  /** Turns of the event loop to wait for, in code that can wait. */
  readonly turns: number;
  /** Whether code that nobody awaits waits for the end of the response first. */
  readonly isAfterTheEnd: boolean;
  /** Whether it runs in an async context within that of its request. */
  readonly hasOwnStore: boolean;
  /** Whether it lets the error through when the task is refused. */
  readonly rethrows: boolean;
  readonly merges: readonly Merge[];
  /** What a group says for those of its tasks that say nothing themselves. */
  readonly runOn?: RunOn;
  /** More than one in a group only. */
  readonly tasks: readonly TaskPlan[];
}

/** What a request needs beside a handler. */
export type Need = 'middleware' | 'outer interceptor' | 'Express';

/** What is known of an ending without looking. */
export interface EndingFacts {
  readonly status: number;
  readonly statusOnFastify?: number;
  readonly outcome: Outcome;
  /** The innermost code of the request that is reached. */
  readonly reaches: 'app.use' | 'middleware' | 'guard' | 'handler';
  readonly needs?: Need;
  /** The request has a body. */
  readonly hasBody?: true;
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
  'returns-404': { status: 404, outcome: 'success', reaches: 'handler' },
  'no-content': { status: 204, outcome: 'success', reaches: 'handler' },
  redirect: { status: 302, outcome: 'success', reaches: 'handler' },
  upload: { status: 200, outcome: 'success', reaches: 'handler', awaits: true, hasBody: true },
  'cut-off': { status: 400, outcome: 'failure', reaches: 'middleware', hasBody: true, isEndless: true },
  file: { status: 200, outcome: 'success', reaches: 'handler' },
  'broken-file': { status: 200, outcome: 'success', reaches: 'handler', breaks: true },
  'file-not-found': { status: 400, statusOnFastify: 500, outcome: 'failure', reaches: 'handler' },
  'sent-file-not-found': { status: 404, outcome: 'failure', reaches: 'handler', needs: 'Express' },
  huge: { status: 200, outcome: 'success', reaches: 'handler' },
  bigint: { status: 500, outcome: 'failure', reaches: 'handler' },
  circular: { status: 500, outcome: 'failure', reaches: 'handler', awaits: true },
  'sends-then-awaits': { status: 200, outcome: 'success', reaches: 'handler', awaits: true },
  'sends-later': { status: 200, outcome: 'success', reaches: 'handler' },
  'fails-later': { status: 500, outcome: 'failure', reaches: 'handler' },
  throws: { status: 400, outcome: 'failure', reaches: 'handler' },
  'throws-later': { status: 400, outcome: 'failure', reaches: 'handler', awaits: true },
  rescued: { status: 200, outcome: 'failure', reaches: 'handler' },
  'outer-rescues': { status: 200, outcome: 'failure', reaches: 'handler', needs: 'outer interceptor', awaits: true },
  'outer-throws': { status: 500, outcome: 'failure', reaches: 'handler', needs: 'outer interceptor', awaits: true },
  'outer-spoils': { status: 500, outcome: 'failure', reaches: 'handler', needs: 'outer interceptor' },
  'outer-denies': { status: 500, outcome: 'failure', reaches: 'guard', needs: 'outer interceptor' },
  retried: { status: 200, outcome: 'success', reaches: 'handler', needs: 'outer interceptor', awaits: true },
  'retried-in-vain': { status: 400, outcome: 'failure', reaches: 'handler', needs: 'outer interceptor', awaits: true },
  'pipe-throws': { status: 400, outcome: 'failure', reaches: 'guard' },
  'interceptor-throws': { status: 500, outcome: 'failure', reaches: 'guard' },
  // by a guard that never decides: only the shutdown waits for it no longer
  'held-up': { status: 403, outcome: 'failure', reaches: 'guard', isEndless: true },
  denied: { status: 403, outcome: 'failure', reaches: 'guard' },
  'sse-that-ends': { status: 200, outcome: 'success', reaches: 'handler' },
  sse: { status: 200, outcome: 'success', reaches: 'handler', isEndless: true },
  never: { status: 200, outcome: 'failure', reaches: 'handler', isEndless: true },
  'middleware-answers': { status: 202, outcome: 'success', reaches: 'middleware', needs: 'middleware' },
  'middleware-throws': { status: 400, outcome: 'failure', reaches: 'middleware', needs: 'middleware' },
  nowhere: { status: 404, outcome: 'failure', reaches: 'middleware' },
} as const satisfies Record<string, EndingFacts>;

export type Ending = keyof typeof ENDINGS;

/** What is known of `ending` without looking. */
export function factsOf(ending: Ending): EndingFacts {
  return ENDINGS[ending];
}

/** How often an outer interceptor retries a handler. */
export const RETRIES = 2;

export interface RequestPlan {
  /** Unique in its process. */
  readonly id: string;
  /** A scoped controller has a guard and a pipe, and is made for each request unless the tasks are a singleton. */
  readonly controller: 'static' | 'scoped';
  readonly ending: Ending;
  /** Turns of the event loop that its guard, its handler, and the place that dawdles take. */
  readonly turns: number;
  /** Where it is held up beside its guard and its handler, if it gets there. */
  readonly dawdlesAt: Place;
  /** Calls of its handler that fail, where that is retried. */
  readonly failures: number;
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
  /** What it was made from: as `CHAOS_SEED`, with `CHAOS_REQUESTS=1`, it is the first round. */
  readonly seed: number;
  /** Of the tasks: whether they are made for each request, or find theirs. */
  readonly scope: 'request' | 'default';
  readonly hasMiddleware: boolean;
  /** Its middleware calls back from the async context of another request. */
  readonly hasPool: boolean;
  /** No interceptor is around its handlers, but for the library's where it needs one. */
  readonly isBare: boolean;
  /** Has an interceptor outside of the library's. */
  readonly hasOuterInterceptor: boolean;
  /** Has an interceptor of tasks. */
  readonly hasInterceptor: boolean;
  readonly onFailure: 'stop' | 'continue';
  readonly concurrency: number;
  readonly maxPending: number;
  /** Shuts down once that many requests have arrived, with others in flight. */
  readonly closesAfter: number;
  /** Connections that are open at once. */
  readonly clients: number;
  readonly connections: readonly ConnectionPlan[];
  /** Tasks that are made once, and added by any request. */
  readonly shared: readonly TaskPlan[];
}

/** The requests of a round. */
export function requestsOf({ connections }: RoundPlan): RequestPlan[] {
  return connections.flatMap(({ bursts }) => bursts.flatMap(({ requests }) => [...requests]));
}
