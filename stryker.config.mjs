export const SOURCE = 'libs/background-tasks/src';

/**
 * Rooms whose specs stand beside them and need neither a server nor an application.
 *
 * The others are not mutated: what finds and follows a request (`request-*`, `message-call`,
 * `response-background`, `platforms/`, the interceptor) and what binds it at start-up is proved by the specs
 * in test/, over real sockets, where a broken core makes a request wait for ever. Modules
 * and their definitions hold nothing but Nest's words, and the injection of optional parameters does not
 * survive being instrumented.
 */
export const ROOMS = [
  'queue',
  'roll',
  'turnstile',
  'outcome',
  'current-task',
  'task-options',
  'background-tasks.options',
  'background-tasks.errors',
  'background-task',
  'background-tasks',
  'task-interceptors',
  'background-tasks.events',
  'task-log',
  'task-reports',
  'response-end',
  'settling',
  'batch',
  'attempt',
  'retries',
  'task-run',
  'batch-run',
  'reply',
  'handler-call',
  'own-call',
  'open-batches',
  'background-tasks.runner',
  'drain',
  'testing/capturing-runner',
];

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ROOMS.map((room) => `${SOURCE}/${room}.ts`),
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  // which specs a mutant needs is known from their coverage
  jest: { configFile: 'jest.mutation.config.js', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  // what is evaluated once, when a file is loaded, needs every spec for each of its mutants
  ignoreStatic: true,
  concurrency: 2,
  // a slow run on a busy machine would count as killed
  timeoutMS: 20_000,
  thresholds: { high: 95, low: 90, break: null },
  reporters: ['progress-append-only'],
  allowConsoleColors: false,
  logLevel: 'warn',
  tempDirName: '.stryker-tmp',
};
