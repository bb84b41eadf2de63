import type { Outcome } from 'nestjs-background-tasks';
import { factsOf, isGenerator, isTimedOut, type RequestPlan, type RoundPlan, type TaskPlan } from './plan.js';
import type { Fate, SeenCall, SeenLine, SeenRequest, SeenTask } from './seen.js';

/** The rule for how a call of a handler has ended, or a request without one, read from what was seen of it. */
export function outcomeOf(request: SeenRequest, call: SeenCall | undefined, status: number): Outcome {
  const { left } = request;
  const hasFailed = status >= 400;
  if (call?.state === 'completed') return hasFailed && (call.status ?? 0) < 400 ? 'failure' : 'success';
  if (call?.state === 'errored') return 'failure';
  if (call?.state === 'torn down') return left?.headersSent ? 'success' : 'failure';
  // nothing was sent to a client that has gone, whatever somebody still tried to send
  const isUnseen = call === undefined || call.state === 'unseen';
  if (isUnseen && left?.headersSent === false) return 'failure';
  return hasFailed ? 'failure' : 'success';
}

/** Everything about `request` that the rules do not allow, once nothing more can happen to it. */
export function violationsOf(request: SeenRequest, round: RoundPlan, isFastify: boolean): string[] {
  return [...endingViolations(request, round, isFastify), ...taskViolations(request, round)];
}

/** Where the client got its answer, the plan alone decides how the response has ended. */
function* endingViolations(request: SeenRequest, round: RoundPlan, isFastify: boolean) {
  const { plan, tasks, refused, settlement, status, mayLookAborted } = request;
  const facts = factsOf(plan.ending);
  const isAnothersAnswer = refused.some(({ rethrows }) => rethrows) || round.closesAfter !== Infinity;
  if (status === undefined || isAnothersAnswer) return;
  const expected = isFastify ? (facts.statusOnFastify ?? facts.status) : facts.status;
  if (status !== expected) yield `was answered ${status}`;
  if (settlement === undefined) {
    if (tasks.some(({ isCancelled }) => !isCancelled)) yield 'has never settled';
    return;
  }
  if (settlement.outcome !== facts.outcome) yield `settled as ${settlement.outcome}`;
  if (settlement.aborted && !mayLookAborted) yield 'settled as aborted, although its client has got everything';
  for (const { object, call, isCancelled, settlement: own } of tasks) {
    if (isCancelled) continue;
    const outcome = plannedOutcome(plan, call === undefined ? undefined : request.calls.indexOf(call));
    if (own?.outcome !== outcome) yield `${object.plan.name} had the outcome ${own?.outcome}, not that of its call`;
  }
}

/** How the call with this index ends by `plan`, or the response. */
function plannedOutcome({ ending, failures }: RequestPlan, call: number | undefined): Outcome {
  return call !== undefined && call < failures ? 'failure' : factsOf(ending).outcome;
}

function* taskViolations(request: SeenRequest, round: RoundPlan) {
  for (const { task, fate } of fatesOf(request, round)) {
    const { name } = task.plan;
    yield* differences(name, 'fate', task.fate, fate);
    yield* differences(name, 'attempts', task.attempts.length, attemptsOf(fate));
    yield* differences(name, 'events', task.events, eventsOf(fate));
    if (task.attempts.some(({ hasEnded }) => !hasEnded)) yield `${name} is still at work`;
    if (fate.kind === 'failed') yield* errorViolations(task);
  }
}

/** What has to become of the tasks of `request`, and which failed one before them stops them. */
function* fatesOf({ tasks }: SeenRequest, round: RoundPlan) {
  let failed: SeenTask | undefined;
  for (const task of tasks) {
    const fate = fateOf(task, failed, round);
    yield { task, fate, failed };
    if (fate.kind === 'failed' && round.onFailure === 'stop') failed ??= task;
  }
}

/** What the log says that the rules do not, and the other way round: a line tells the task and its async context, which several calls may share. */
export function lineViolations(requests: readonly SeenRequest[], round: RoundPlan): string[] {
  const texts = new Map<SeenLine[], { name: string; expected: string[] }>();
  for (const request of requests) {
    for (const { task, fate, failed } of fatesOf(request, round)) {
      const { name } = task.plan;
      const before = texts.get(task.lines)?.expected ?? [];
      texts.set(task.lines, { name, expected: [...before, ...linesOf(task, fate, failed, request.tasks)] });
    }
  }
  return [...texts].flatMap(([lines, { name, expected }]) => [
    ...differences(name, 'log lines', lines.map(textOf).sort(), expected.sort()),
  ]);
}

function* differences(name: string, what: string, seen: unknown, expected: unknown) {
  const [is, shouldBe] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (is !== shouldBe) yield `${name}: ${what} ${is}, expected ${shouldBe}`;
}

/** The whole of the rules, but for order and time. */
function fateOf(task: SeenTask, failed: SeenTask | undefined, round: RoundPlan): Fate {
  const { plan, statement, settlement } = task;
  const runOn = plan.runOn ?? statement.runOn ?? 'success';
  if (task.isCancelled) return { kind: 'skipped', reason: 'cancelled' };
  if (runOn !== 'always' && runOn !== settlement?.outcome) return { kind: 'skipped', reason: 'outcome' };
  if (failed !== undefined) return { kind: 'skipped', reason: 'failure' };
  const needed = attemptsNeeded(plan, round);
  const allowed = plan.retries + 1;
  if (needed > allowed) return { kind: 'failed', attempts: allowed };
  return { kind: 'succeeded', attempts: needed };
}

function attemptsNeeded(plan: TaskPlan, { hasInterceptor }: RoundPlan): number {
  // whatever an interceptor makes of it, at its timeout an attempt has failed
  if (isTimedOut(plan.pace)) return Infinity;
  if (hasInterceptor && plan.around === 'swallows') return 1;
  return isGenerator(plan.pace) ? Infinity : plan.failures + 1;
}

function attemptsOf(fate: Fate): number {
  return fate.kind === 'skipped' ? 0 : fate.attempts;
}

function eventsOf(fate: Fate): string[] {
  if (fate.kind === 'skipped') return ['added', 'skipped'];
  const retries = Array.from({ length: fate.attempts - 1 }, () => 'retrying');
  return ['added', 'started', ...retries, fate.kind];
}

/** An error is told as it was thrown; only a timeout and a generator make one. */
function* errorViolations({ plan, attempts, error }: SeenTask) {
  const thrown = attempts.at(-1)?.threw;
  if (isTimedOut(plan.pace)) {
    if ((error as Error | undefined)?.name !== 'TimeoutError') yield `${plan.name}: another error than its timeout`;
  } else if (isGenerator(plan.pace)) {
    if (!/iterat/.test(String(error)))
      yield `${plan.name}: the error does not say that nobody iterates: ${String(error)}`;
  } else if (thrown === undefined || !Object.is(thrown.error, error)) {
    yield `${plan.name}: the error told is not what it threw`;
  }
}

/** A line without what is not to be predicted: the wording of an error. */
function textOf({ level, text }: SeenLine): string {
  return `${level}: ${text}`
    .replace(/(tried again, attempt \d+): .*$/s, '$1')
    .replace(/^(error: .*? failed(?: after \d+ attempts)?)(?:: | with ).*?( Skipped after it: .*)?$/s, '$1.$2');
}

function linesOf(task: SeenTask, fate: Fate, failed: SeenTask | undefined, all: readonly SeenTask[]): string[] {
  const { name } = task.plan;
  const subject = `Background task "${name}"`;
  if (fate.kind === 'skipped') {
    if (fate.reason === 'cancelled') return [`debug: ${subject} was skipped: it was cancelled.`];
    if (fate.reason === 'outcome') {
      return [`debug: ${subject} was skipped: the response ended in ${task.settlement?.outcome}.`];
    }
    // those that were there already are named by the line about the failure
    if (failed === undefined || isSkippedWith(failed, task)) return [];
    return [`warn: ${subject} was skipped: "${failed.plan.name}" had failed before its turn came.`];
  }
  const retries = Array.from({ length: fate.attempts - 1 }, (_, index) => {
    return `warn: ${subject} failed and is tried again, attempt ${index + 2}`;
  });
  if (fate.kind === 'succeeded') return retries;
  const after = fate.attempts > 1 ? ` after ${fate.attempts} attempts` : '';
  return [...retries, `error: ${subject} failed${after}.${skippedAfter(task, all)}`];
}

function skippedAfter(failed: SeenTask, all: readonly SeenTask[]): string {
  const skipped = all.filter((task) => {
    const isByFailure = task.fate?.kind === 'skipped' && task.fate.reason === 'failure';
    return isByFailure && isSkippedWith(failed, task);
  });
  if (skipped.length === 0) return '';
  return ` Skipped after it: ${skipped.map(({ plan }) => `"${plan.name}"`).join(', ')}.`;
}

/** Whether it was there when the other one failed, and could be skipped at once. */
function isSkippedWith(failed: SeenTask, { addedAt, fateAt }: SeenTask): boolean {
  return !failed.leavesRestUnsettled && addedAt < failed.fateAt && fateAt > failed.fateAt;
}
