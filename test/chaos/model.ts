import { inspect } from 'node:util';
import type { Outcome } from 'nestjs-background-tasks';
import { factsOf, type RoundPlan, type TaskPlan } from './plan.js';
import type { Fate, SeenLine, SeenRequest, SeenTask } from './seen.js';

/** The rule for how a response has ended, read from what was seen of it. */
export function outcomeOf({ handler, response }: SeenRequest, aborted: boolean): Outcome {
  if (handler === 'completed') return 'success';
  if (handler === 'errored') return 'failure';
  if (handler === 'torn down' && aborted) return response?.headersSent ? 'success' : 'failure';
  return (response?.statusCode ?? 0) >= 400 ? 'failure' : 'success';
}

/** Everything about `request` that the rules do not allow, once nothing more can happen to it. */
export function violationsOf(request: SeenRequest, round: RoundPlan): string[] {
  return [...endingViolations(request, round), ...taskViolations(request, round)];
}

/** Where the client got its answer, the plan alone decides how the response has ended. */
function* endingViolations(request: SeenRequest, round: RoundPlan) {
  const { plan, tasks, refused, settlement, status, mayLookAborted } = request;
  const facts = factsOf(plan.ending);
  const isAnothersAnswer = refused.some(({ statement }) => statement.rethrows) || round.closesAfter !== Infinity;
  if (status === undefined || isAnothersAnswer) return;
  if (status !== facts.status) yield `was answered ${status}`;
  if (settlement === undefined) {
    if (tasks.length > 0) yield 'has never settled';
    return;
  }
  if (settlement.outcome !== facts.outcome) yield `settled as ${settlement.outcome}`;
  if (settlement.aborted && !mayLookAborted) yield 'settled as aborted, although its client has got everything';
}

function* taskViolations({ tasks }: SeenRequest, round: RoundPlan) {
  let failed: SeenTask | undefined;
  for (const task of tasks) {
    const expected = fateOf(task, failed);
    yield* differences(task, 'fate', task.fate, expected);
    yield* differences(task, 'attempts', task.attempts.length, attemptsOf(expected));
    yield* differences(task, 'events', task.events, eventsOf(expected));
    yield* differences(task, 'log lines', task.lines.map(textOf), linesOf(task, expected, failed, tasks));
    if (task.attempts.some(({ hasEnded }) => !hasEnded)) yield `${task.plan.name} is still at work`;
    if (expected.kind === 'failed') {
      yield* errorViolations(task);
      if (round.onFailure === 'stop') failed ??= task;
    }
  }
}

function* differences(task: SeenTask, what: string, seen: unknown, expected: unknown) {
  const [is, shouldBe] = [inspect(seen, { depth: 4 }), inspect(expected, { depth: 4 })];
  if (is !== shouldBe) yield `${task.plan.name}: ${what} ${is}, expected ${shouldBe}`;
}

/** The whole of the rules, but for order and time. */
function fateOf({ plan, statement, settlement }: SeenTask, failed: SeenTask | undefined): Fate {
  const runOn = plan.runOn ?? statement.runOn ?? 'success';
  if (runOn !== 'always' && runOn !== settlement?.outcome) return { kind: 'skipped', reason: 'outcome' };
  if (failed !== undefined) return { kind: 'skipped', reason: 'failure' };
  const needed = plan.failures + 1;
  const allowed = plan.retries + 1;
  if (needed > allowed) return { kind: 'failed', attempts: allowed };
  return { kind: 'succeeded', attempts: needed };
}

function attemptsOf(fate: Fate): number {
  return fate.kind === 'skipped' ? 0 : fate.attempts;
}

function eventsOf(fate: Fate): string[] {
  if (fate.kind === 'skipped') return ['added', 'skipped'];
  const retries = Array.from({ length: fate.attempts - 1 }, () => 'retrying');
  return ['added', 'started', ...retries, fate.kind];
}

/** An error is told as it was thrown; only a timeout makes one. */
function* errorViolations({ plan, attempts, error, lines }: SeenTask) {
  const thrown = attempts.at(-1)?.threw;
  const isTimeout = plan.pace === 'until its signal aborts';
  const isRight = isTimeout ? (error as Error | undefined)?.name === 'TimeoutError' : thrown?.error === error;
  if (!isRight) yield `${plan.name}: the error told is ${inspect(error)}`;
  // in a form that every logger prints: the text of its stack
  if (lines.at(-1)?.error !== (error as Error | undefined)?.stack)
    yield `${plan.name}: the error logged is ${inspect(lines.at(-1)?.error)}`;
}

/** A line without what is not the library's to decide. */
function textOf({ level, text }: SeenLine): string {
  return `${level}: ${text.replace(/(tried again, attempt \d+): .*/, '$1')}`;
}

function linesOf(task: SeenTask, fate: Fate, failed: SeenTask | undefined, all: readonly SeenTask[]): string[] {
  const { name } = task.plan;
  const subject = `Background task "${name}"`;
  if (fate.kind === 'skipped') {
    if (fate.reason === 'outcome') {
      return [`debug: ${subject} was skipped: the response ended in ${task.settlement?.outcome}.`];
    }
    // those that were there already are named by the line about the failure
    if (failed === undefined || task.addedAt < failed.fateAt) return [];
    return [`warn: ${subject} was skipped: "${failed.plan.name}" had failed before it was added.`];
  }
  const retries = Array.from({ length: fate.attempts - 1 }, (_, index) => {
    return `warn: ${subject} failed and is tried again, attempt ${index + 2}`;
  });
  if (fate.kind === 'succeeded') return retries;
  const after = fate.attempts > 1 ? ` after ${fate.attempts} attempts` : '';
  return [...retries, `error: ${subject} failed${after}${thrownBy(task.plan)}.${skippedAfter(task, all)}`];
}

function thrownBy({ name, pace, length, throws }: TaskPlan): string {
  if (pace === 'until its signal aborts')
    return `: TimeoutError: "${name}" took longer than its timeout of ${length} ms`;
  if (throws === 'an error') return `: Error: ${name} fails on purpose`;
  return throws === 'undefined' ? ' with `undefined` (undefined)' : " with `'on purpose'` (string)";
}

function skippedAfter(failed: SeenTask, all: readonly SeenTask[]): string {
  const skipped = all.filter(({ fate, addedAt, fateAt }) => {
    const isByFailure = fate?.kind === 'skipped' && fate.reason === 'failure';
    return isByFailure && addedAt < failed.fateAt && fateAt > failed.fateAt;
  });
  if (skipped.length === 0) return '';
  return ` Skipped after it: ${skipped.map(({ plan }) => `"${plan.name}"`).join(', ')}.`;
}
