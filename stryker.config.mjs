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
  'durable',
];

/** The files of one of WINGS, without the specs beside them, and what those share. */
export const roomsOf = (wing) => filesOf(wing).filter((file) => /(?<!\.(spec|contract)|\/index)\.ts$/.test(file));

/** Rooms that are described by the specs of what they are a part of. */
const DESCRIBED_BY = {
  'durable/engine': '(stored-batches|claim-run)',
  'durable/handover': 'handover(-\\w+)?',
  'durable/handover-end': '(handover(-end|-late)?|claim-run)',
  'durable/outgoing-batch': 'handover(-end|-late)?',
  'durable/outgoing-runner': 'handover(-end|-late)?',
  'durable/outgoing-tasks': '(handover(-end|-late)?|claim-run)',
  'durable/prolonging': 'handover-end',
  'durable/new-batch': '(submissions|handover-limits)',
  'durable/submission': 'submissions',
  'durable/submissions': '(submissions(\\.\\w+)?|handover-(end|late))',
  'durable/claimed-batch': '(claim-run|step-loop)',
  'durable/claim-run': '(claim-run|step-loop)',
  'durable/step-call': '(claim-run|step-loop)',
  'durable/step-loop': 'step-loop(\\.unknown)?',
  'durable/durable-log': '(durable-runtime|step-loop\\.unknown)',
  'durable/durable-task-store': 'durable-runtime',
  'durable/refusals': '(durable-runtime|provide-engine)',
};

/** A pattern for the specs of `room`, or of its wing where none stands beside it. */
export const specsOf = (wing, room) => {
  const name = room.replace(/\.ts$/, '');
  const others = DESCRIBED_BY[name.slice(SOURCE.length + 1)];
  if (others !== undefined) return `/${wing}/${others}\\.spec\\.ts$`;
  const own = new RegExp(`/${name.replaceAll('.', '\\.')}(\\.[\\w-]+)*\\.spec\\.ts$`);
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
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
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
