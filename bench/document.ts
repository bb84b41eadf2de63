import { methodSection } from './method.js';
import type { BatchResult, CaseResult, Results, SuiteResult } from './results.js';
import { ratios, type Spread, spreadOf } from './statistics.js';
import { isPythonSuite } from './suites.js';
import { table } from './table.js';

/** The results in Markdown, with how they came about. */
export function documentOf(results: Results): string {
  return [
    '# Benchmarks',
    '`npm run bench` measures this and writes this page: no number here is written by hand.',
    '![Server CPU time per request, relative to the same route without the library](benchmarks.svg)',
    ...requestSection(results),
    ...batchSection(results.batches),
    ...pythonSection(results),
    ...methodSection(results),
  ].join('\n\n');
}

function requestSection({ suites }: Results): string[] {
  return [
    '## What a request costs',
    'The same route, answered `{ "hello": "world" }`, in several applications. CPU time is that of the server ' +
      'process. Relative means: to the first application, measured in the same round; it is the median of the ' +
      'rounds, with the quartiles in brackets. The control is the first application once more: how far it is from 1 ' +
      'is what the numbers below it are uncertain by.',
    ...suites.filter((suite) => !isPythonSuite(suite)).flatMap(suiteSection),
  ];
}

function suiteSection({ title, cases }: SuiteResult): string[] {
  const [first] = cases;
  const rows = cases.map((each) => [each.title, ...(first === undefined ? [] : figuresOf(each, first))]);
  return [
    `### ${title}`,
    table(['application', 'CPU time', 'CPU time, relative', 'requests a second, relative'], rows),
  ];
}

function figuresOf(of: CaseResult, first: CaseResult): string[] {
  if (of.refusal !== undefined) return ['not available', '', ''];
  const cpu = `${spreadOf(of.cpu).median.toFixed(1)} µs`;
  if (of === first) return [cpu, '1', '1'];
  return [
    cpu,
    withQuartiles(spreadOf(ratios(of.cpu, first.cpu))),
    withQuartiles(spreadOf(ratios(of.requestsPerSecond, first.requestsPerSecond))),
  ];
}

function batchSection(batches: readonly BatchResult[]): string[] {
  if (batches.length === 0) return [];
  const rows = batches.map(({ size, cpu }) => [size.toLocaleString('en'), withQuartiles(spreadOf(cpu))]);
  return [
    '## What a task costs',
    'The library alone, without HTTP: the CPU time of a task that does nothing, from being added until its batch has ' +
      'finished. In a small batch, the batch itself is most of it. Tens of thousands of tasks at once outlive the young ' +
      "generation of V8's heap, which has its price; beyond that, a batch of ten times as many takes ten times as long.",
    table(['tasks in a batch', 'µs of CPU time, each'], rows),
  ];
}

function pythonSection({ suites, python }: Results): string[] {
  const measured = suites.filter(isPythonSuite);
  if (measured.length === 0) return [];
  return [
    '## The models, Starlette and FastAPI',
    `The same route and task, relative to the same framework without a task. ${python}.`,
    ...measured.flatMap(suiteSection),
  ];
}

function withQuartiles({ lower, median, upper }: Spread): string {
  return `${median.toFixed(2)} (${lower.toFixed(2)} – ${upper.toFixed(2)})`;
}
