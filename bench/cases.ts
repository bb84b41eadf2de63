/** One way to answer the same request. */
export interface Case {
  readonly title: string;
  /** Which of the applications that the server program knows. */
  readonly application: string;
  /** The route that is asked; each of the application's is served before. */
  readonly path: string;
  /** Connections that are open at a time, where it is about their number. */
  readonly connections?: number;
  /** It is the first case once more: how far the two are apart is what all numbers are uncertain by. */
  readonly isControl?: boolean;
  /** It is what users do by hand, with which the library is compared. */
  readonly isByHand?: boolean;
  /** It is about the library as the commit had it that `BENCH_AGAINST` names. */
  readonly isBefore?: boolean;
}

const PLAIN: Case = { title: 'no module', application: 'plain', path: '/hello' };
const BY_HAND: Case = { title: "`res.once('finish', …)` by hand", application: 'plain', path: '/finish' };
const WITHOUT_TASKS: Case = { title: 'the module, a route without tasks', application: 'library', path: '/hello' };
export const BY_PARAMETER: Case = { title: 'a task by handler parameter', application: 'library', path: '/parameter' };
const DEFAULT_SCOPE: Case = {
  title: 'a task by constructor, `Scope.DEFAULT`',
  application: 'default-scope',
  path: '/constructor',
};

const INTERCEPTED: Case = {
  ...BY_PARAMETER,
  title: 'by handler parameter, an interceptor of tasks',
  application: 'intercepted',
};
const OBSERVED: Case = {
  ...BY_PARAMETER,
  title: 'by handler parameter, a subscriber of `events$`',
  application: 'observed',
};

/** The first is what the others are compared with. */
export const NEST_CASES: readonly Case[] = [
  PLAIN,
  { ...PLAIN, title: 'control: no module, again', isControl: true },
  WITHOUT_TASKS,
  { ...BY_HAND, isByHand: true },
  { title: '`setImmediate`, whatever the response does', application: 'plain', path: '/immediate' },
  { title: 'a promise that nobody awaits', application: 'plain', path: '/promise' },
  { title: 'an event of `@nestjs/event-emitter`', application: 'plain', path: '/event' },
  { ...BY_HAND, title: 'by hand, behind a pass-through interceptor', application: 'pass-through' },
  BY_PARAMETER,
  DEFAULT_SCOPE,
  { title: 'a task by constructor, request scope', application: 'library', path: '/constructor' },
  { title: 'a task by `res.background`', application: 'library', path: '/response' },
  {
    ...BY_PARAMETER,
    title: 'by handler parameter, a pass-through interceptor of Nest',
    application: 'with-interceptor',
  },
  INTERCEPTED,
  OBSERVED,
  { ...BY_PARAMETER, title: 'by handler parameter, `OpenTelemetryInterceptor` without an SDK', application: 'traced' },
  {
    ...BY_PARAMETER,
    title: 'by handler parameter, `OpenTelemetryInterceptor`, an SDK that samples nothing',
    application: 'traced-unsampled',
  },
];

/** What watches tasks is measured on the newest only. */
const WATCHED = ['intercepted', 'observed', 'traced', 'traced-unsampled'];

/** Those of older Nodes and NestJS: what differs there is what they make of interceptors and of async context. */
export const OLDER_CASES: readonly Case[] = NEST_CASES.filter(
  ({ application, path }) => ['/hello', '/finish', '/parameter'].includes(path) && !WATCHED.includes(application),
).concat(DEFAULT_SCOPE);

/** What is measured of the commit that this one is compared with. */
export const CASES_BEFORE: readonly Case[] = [WITHOUT_TASKS, BY_PARAMETER, DEFAULT_SCOPE, INTERCEPTED, OBSERVED].map(
  (each) => ({
    ...each,
    title: `before: ${each.title}`,
    isBefore: true,
  }),
);

export const MANY_TASKS: readonly Case[] = [0, 1, 10, 100, 1_000].map((count) => ({
  title: counted(count, 'task'),
  application: 'library',
  path: `/many/${count}`,
}));

export const MANY_CONNECTIONS: readonly Case[] = [10, 100, 1_000].flatMap((connections) =>
  [BY_HAND, BY_PARAMETER].map((each) => ({
    ...each,
    title: `${counted(connections, 'connection')}: ${each.title}`,
    connections,
  })),
);

/** The same for the Python frameworks that have background tasks of their own. */
export const PYTHON_CASES: readonly Case[] = [
  { title: 'no task', application: 'none', path: '/' },
  { title: 'control: no task, again', application: 'none', path: '/', isControl: true },
  { title: 'a background task, `async def`', application: 'async', path: '/' },
  { title: 'a background task, `def` (in a thread)', application: 'sync', path: '/' },
];

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}
