import type { Case } from './cases.js';
import { orderOf } from './order.js';
import type { CaseResult, SuiteResult } from './results.js';
import { type Command, type Measurement, RefusalError, ServerProcess } from './server-process.js';
import { ROUNDS_PER_PROCESS, type Settings, WARM_UP_REQUESTS, WARM_UPS } from './settings.js';

/** Cases that are measured in turns. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly Case[];
  command(key: string): Command;
}

/** What is gathered of a case. */
interface Subject {
  readonly of: Case;
  readonly measurements: Measurement[];
  server?: ServerProcess;
  refusal?: string;
}

/** Measures each case once in each round, with new processes every few rounds. */
export async function measureSuite(suite: Suite, settings: Settings): Promise<SuiteResult> {
  const subjects = suite.cases.map((each): Subject => ({ of: each, measurements: [] }));
  for (let round = 0; round < settings.rounds; round++) {
    if (round % ROUNDS_PER_PROCESS === 0) {
      console.log(`${suite.title}: ${round} of ${settings.rounds} rounds`);
      await restart(suite, subjects);
      // a first round that does not count: what idled while others started is slow once more
      await measureRound(subjects, round, settings);
    }
    const measured = await measureRound(subjects, round, settings);
    for (const [subject, measurement] of measured) subject.measurements.push(measurement);
  }
  await stop(subjects);
  return { name: suite.name, title: suite.title, cases: subjects.map(resultOf) };
}

/** Measures each subject that has a server once. */
async function measureRound(
  subjects: readonly Subject[],
  round: number,
  { requests }: Settings,
): Promise<Map<Subject, Measurement>> {
  const measured = new Map<Subject, Measurement>();
  for (const index of orderOf(subjects.length, round)) {
    const subject = subjects[index];
    if (subject?.server !== undefined) measured.set(subject, await subject.server.measure(requests));
  }
  return measured;
}

async function restart(suite: Suite, subjects: readonly Subject[]): Promise<void> {
  await stop(subjects);
  for (const subject of subjects) await start(suite, subject);
}

async function start(suite: Suite, subject: Subject): Promise<void> {
  if (subject.refusal !== undefined) return;
  try {
    subject.server = await ServerProcess.start(suite.command(subject.of.key));
  } catch (error) {
    if (!(error instanceof RefusalError) || subject.of.isOptional !== true) throw error;
    subject.refusal = error.message;
  }
  for (let time = 0; time < WARM_UPS; time++) await subject.server?.measure(WARM_UP_REQUESTS);
}

async function stop(subjects: readonly Subject[]): Promise<void> {
  for (const { of, server } of subjects) {
    await server?.expectCalls(of.hasTask ? 1 : 0);
    await server?.stop();
  }
}

function resultOf({ of, measurements, refusal }: Subject): CaseResult {
  return {
    title: of.title,
    cpu: measurements.map(({ cpu }) => cpu),
    requestsPerSecond: measurements.map(({ requestsPerSecond }) => requestsPerSecond),
    ...(refusal === undefined ? {} : { refusal }),
  };
}
