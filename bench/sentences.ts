import { BY_PARAMETER } from './cases.js';
import type { CaseResult, Results, SuiteResult } from './results.js';
import { costOf, ratioOf } from './statistics.js';

/** What somebody wants to know who reads two sentences: what a task adds to a request here, and in FastAPI. */
export function sentencesOf({ suites }: Results): string[] {
  const fastify = suites.find(({ name }) => name.startsWith('fastify-nest-'));
  const fastapi = suites.find(({ name }) => name === 'fastapi');
  const here = fastify && sentenceOf(fastify, `On ${fastify.title}, a task`, BY_PARAMETER.title);
  const there = fastapi && sentenceOf(fastapi, 'In FastAPI, one', 'a background task, `async def`');
  const sentences = [here, there].filter((sentence) => sentence !== undefined);
  return sentences.length === 0 ? [] : [sentences.join(' ')];
}

function sentenceOf({ cases }: SuiteResult, subject: string, title: string): string | undefined {
  const [without] = cases;
  const of = cases.find((each) => each.title === title);
  if (without === undefined || of === undefined) return undefined;
  return `${subject} ${added(without, of)}${byHand(without, cases)}.`;
}

/** As in: adds 4.1 µs of CPU time to a request of 17.9 µs, 23 %. */
function added(without: CaseResult, of: CaseResult): string {
  const more = costOf(of) - costOf(without);
  const percent = Math.round((ratioOf(of, without) - 1) * 100);
  return `adds ${more.toFixed(1)} µs of CPU time to a request of ${costOf(without).toFixed(1)} µs, ${percent} %`;
}

function byHand(without: CaseResult, cases: readonly CaseResult[]): string {
  const listener = cases.find((each) => each.isByHand);
  if (listener === undefined) return '';
  const more = costOf(listener) - costOf(without);
  // noise is larger than that
  const text = more < costOf(without) / 20 ? 'nothing that shows' : `${more.toFixed(1)} µs`;
  return `; a listener by hand adds ${text}`;
}
