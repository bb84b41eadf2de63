import { readdirSync } from 'node:fs';

export const SOURCE = 'libs/background-tasks/src';

/**
 * What is mutated, a folder at a time: the wings of the core, and the entry points whose specs need no server.
 *
 * Not `module/`: it holds little but Nest's words, and Nest cannot inject optional parameters into a constructor that
 * is instrumented; the specs in test/ prove it. Nor `piscina/`: its specs start threads;
 * nor `opentelemetry/`, whose specs are in test/, with an SDK.
 */
export const WINGS = [
  ...readdirSync(`${SOURCE}/core`)
    .filter((wing) => wing !== 'module')
    .map((wing) => `core/${wing}`),
  'testing',
];

/** The files of one of WINGS, without the specs beside them. */
export const roomsOf = (wing) =>
  filesOf(wing).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.endsWith('/index.ts'));

/** A pattern for the specs of `room`, or of its wing where none stands beside it. */
export const specsOf = (wing, room) => {
  const own = new RegExp(`/${room.replace(/\.ts$/, '').replaceAll('.', '\\.')}(\\.[\\w-]+)*\\.spec\\.ts$`);
  return filesOf(wing).some((file) => own.test(`/${file}`)) ? own.source : `/${wing}/.*\\.spec\\.ts$`;
};

function filesOf(wing) {
  const files = readdirSync(`${SOURCE}/${wing}`, { recursive: true });
  return files.map((file) => `${SOURCE}/${wing}/${file}`);
}

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: WINGS.flatMap(roomsOf),
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  // which specs a mutant needs is known from their coverage
  jest: { configFile: 'jest.mutation.config.js', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  // what is evaluated once, when a file is loaded, needs every spec for each of its mutants
  ignoreStatic: true,
  concurrency: 2,
  // a worker that has run for long is slow enough to be taken for one that hangs
  maxTestRunnerReuse: 15,
  // a slow run on a busy machine would count as killed
  timeoutMS: 20_000,
  thresholds: { high: 95, low: 90, break: null },
  reporters: ['progress-append-only'],
  allowConsoleColors: false,
  logLevel: 'warn',
  tempDirName: '.stryker-tmp',
};
