import { MANY_TASKS } from './cases.js';
import { methodSection } from './method.js';
import type { BatchResult, CaseResult, Results, SuiteResult } from './results.js';
import { costOf, lowerQuartile, ratioOf } from './statistics.js';
import { sentencesOf } from './sentences.js';
import { table } from './table.js';

/** The results in Markdown, with how they came about. */
export function documentOf(results: Results): string {
  return [
    '# Benchmarks',
    '`npm run bench` measures this and writes this page: no number here is written by hand.',
    ...sentencesOf(results),
    'Durable tasks are measured beside their engines, on [a page of their own](benchmarks-durable.md).',
    '![Server CPU time per request](benchmarks.svg)',
    ...requestSection(results),
    ...scaleSection(results),
    ...batchSection(results),
    ...pythonSection(results),
    ...methodSection(results),
  ].join('\n\n');
}

function requestSection({ suites }: Results): string[] {
  return [
    '## What a request costs',
    'The same answer, `{ "hello": "world" }`, by several routes and applications. CPU time is that of the server ' +
      'process, for one request. The control is the first application once more: how far it is from 1 is what the ' +
      'numbers below it are uncertain by.',
    ...suites.filter(({ name }) => /-nest-\d/.test(name)).flatMap(suiteSection),
  ];
}

function suiteSection({ title, cases }: SuiteResult): string[] {
  const [first] = cases;
  const byHand = cases.find(({ isByHand }) => isByHand);
  const others = byHand === undefined ? [] : ['relative to by hand'];
  const rows = cases.map((each) => [
    each.title,
    microseconds(costOf(each)),
    ...[first, byHand].flatMap((to) => (to === undefined ? [] : [ratioOf(each, to).toFixed(2)])),
  ]);
  return [`### ${title}`, table(['', 'CPU time', 'relative to the first', ...others], rows)];
}

function scaleSection({ suites }: Results): string[] {
  const tasks = suites.find(({ name }) => name === 'many-tasks');
  const connections = suites.find(({ name }) => name === 'many-connections');
  if (tasks === undefined && connections === undefined) return [];
  return [
    '## Many of them',
    'On Fastify, with the newest Node and NestJS of this page.',
    ...(tasks === undefined ? [] : [manyTasks(tasks)]),
    ...(connections === undefined ? [] : [manyConnections(connections)]),
  ];
}

function manyTasks({ cases }: SuiteResult): string {
  const [none] = cases;
  const rows = cases.map((each, index) => {
    const count = countOf(MANY_TASKS[index]?.path);
    const beyond = none === undefined || count === 0 ? '' : microseconds((costOf(each) - costOf(none)) / count);
    return [each.title, microseconds(costOf(each)), beyond];
  });
  return table(['a request with', 'CPU time', 'each task'], rows);
}

function countOf(path = ''): number {
  return Number(/\d+$/.exec(path)?.[0]);
}

function manyConnections({ cases }: SuiteResult): string {
  const rows = cases.map((each: CaseResult) => [each.title, microseconds(costOf(each))]);
  return table(['', 'CPU time of a request'], rows);
}

function batchSection({ batches, bytesPerTask }: Results): string[] {
  const memory =
    bytesPerTask === undefined ? [] : [`A task that waits takes ${Math.round(bytesPerTask)} bytes of heap.`];
  if (batches.length === 0) return memory;
  return [
    '## What a task costs',
    'The library alone, without HTTP: the CPU time of a task that does nothing, from being added until its batch has ' +
      'finished. In a small batch, the batch itself is most of it. Tens of thousands of tasks at once outlive the young ' +
      "generation of V8's heap, which has its price.",
    batchTable(batches),
    ...memory,
  ];
}

function batchTable(batches: readonly BatchResult[]): string {
  const isCompared = batches.some(({ cpuBefore }) => cpuBefore.length > 0);
  const rows = batches.map(({ size, cpu, cpuBefore }) => {
    const [now, before] = [lowerQuartile(cpu), lowerQuartile(cpuBefore)];
    const compared = isCompared ? [microseconds(before), (now / before).toFixed(2)] : [];
    return [size.toLocaleString('en'), microseconds(now), ...compared];
  });
  return table(['tasks in a batch', 'CPU time, each', ...(isCompared ? ['before', 'relative'] : [])], rows);
}

function pythonSection({ suites, python }: Results): string[] {
  const measured = suites.filter(({ name }) => name === 'starlette' || name === 'fastapi');
  if (measured.length === 0) return [];
  return [
    '## The models, Starlette and FastAPI',
    `The same answer and task. ${python}.`,
    ...measured.flatMap(suiteSection),
  ];
}

function microseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} µs`;
}
