import type { Case } from './cases.js';
import { orderOf } from './order.js';
import type { CaseResult, SuiteResult } from './results.js';
import { type Command, ServerProcess } from './server-process.js';
import { ROUNDS_PER_PROCESS, type Settings, wantedOf } from './settings.js';
import { controlOf } from './statistics.js';

/** Cases that are measured in turns. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly Case[];
  command(of: Case): Command;
}

/** What is gathered of a case. */
interface Subject {
  readonly of: Case;
  readonly cpu: number[];
  server?: ServerProcess;
}

/** How far the control may be from 1 before everything is measured again, and how often that is tried. */
const TOLERANCE = 0.08;
const TRIES = 3;

/** Measures until the control says that the machine was quiet enough. */
export async function measureSuite(suite: Suite, settings: Settings): Promise<SuiteResult> {
  for (let time = 1; ; time++) {
    const result = await measureOnce(suite, settings);
    const control = controlOf(result) ?? 1;
    if (Math.abs(control - 1) <= TOLERANCE || time === TRIES) return result;
    console.log(`${suite.title}: the control was ${control.toFixed(2)}, and all is measured again`);
  }
}

/** Measures each case once in each round, with new processes every few rounds. */
async function measureOnce(suite: Suite, settings: Settings): Promise<SuiteResult> {
  const subjects = wantedOf(settings, suite.cases).map((each): Subject => ({ of: each, cpu: [] }));
  for (let round = 0; round < settings.rounds; round++) {
    if (round % ROUNDS_PER_PROCESS === 0) {
      console.log(`${suite.title}: ${round} of ${settings.rounds} rounds`);
      await stop(subjects);
      for (const subject of subjects) await start(suite, subject, settings);
      // what idled while others started is slow once more: V8 has made its heap small
      for (const { server, of } of subjects) await server?.measure(of, settings.requests);
    }
    for (const index of orderOf(subjects.length, round)) await measure(subjects[index], settings);
  }
  await stop(subjects);
  return { name: suite.name, title: suite.title, cases: subjects.map(resultOf) };
}

async function start(suite: Suite, subject: Subject, { requests }: Settings): Promise<void> {
  subject.server = await ServerProcess.start(suite.command(subject.of));
  await subject.server.warmUp(subject.of, requests);
}

async function measure(subject: Subject | undefined, { requests }: Settings): Promise<void> {
  const cpu = await subject?.server?.measure(subject.of, requests);
  if (cpu !== undefined) subject?.cpu.push(cpu);
}

async function stop(subjects: readonly Subject[]): Promise<void> {
  for (const { server } of subjects) {
    await server?.expectCalls();
    await server?.stop();
  }
}

function resultOf({ of: { title, isControl, isByHand }, cpu }: Subject): CaseResult {
  return { title, cpu, isControl: isControl === true, isByHand: isByHand === true };
}
