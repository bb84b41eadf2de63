import type { Outcome } from 'nestjs-background-tasks';
import { attemptsOf, failsForGood } from './durable-plan.js';
import type { SeenDurableRequest, SeenDurableTask } from './durable-seen.js';
import type { DurableStage, SeenBatch } from './durable-stage.js';

/** What is wrong with what became of the tasks of a request: nothing, as long as one way in which it may have ended explains all. */
export function violationsOf(request: SeenDurableRequest, stage: DurableStage): string[] {
  const explained = outcomesOf(request).map((outcome) => {
    const judge = new DurableJudge(request, stage, outcome);
    return request.tasks.flatMap((task) => judge.violationsOf(task).map((what) => `${task.plan.name} ${what}`));
  });
  return explained.find((violations) => violations.length === 0) ?? explained[0] ?? [];
}

/** How the response may have ended, as far as its client and its handler know. */
function outcomesOf({ plan, status = 0, hasThrown, mayBeLost }: SeenDurableRequest): Outcome[] {
  if (plan.isLeft || (plan.ending === 'events' && mayBeLost)) return ['success', 'failure'];
  return [hasThrown || status >= 400 ? 'failure' : 'success'];
}

/** Knows what must become of each task of a response that has ended so. */
class DurableJudge {
  readonly #request: SeenDurableRequest;
  readonly #stage: DurableStage;
  readonly #outcome: Outcome;

  constructor(request: SeenDurableRequest, stage: DurableStage, outcome: Outcome) {
    this.#request = request;
    this.#stage = stage;
    this.#outcome = outcome;
  }

  violationsOf(task: SeenDurableTask): string[] {
    const { plan, calls, ends, events } = task;
    const wrong: string[] = [];
    const added = events.filter(({ type }) => type === 'added').length;
    if (task.parent === undefined ? added !== 1 : added < 1) wrong.push(`was told as added ${added} times`);
    const expected = this.#expected(task);
    const seen = expected === RUNS ? this.#asRun(task) : [expected, this.#asNotRun(task, expected)].flat();
    if (expected !== RUNS && calls.length > 0) wrong.push(`ran, and was to be ${expected}`);
    if (!seen.includes(ends.join(', '))) wrong.push(`came to "${ends.join(', ')}", for "${seen.join('" or "')}"`);
    if (calls.some(({ outcome }) => outcome !== this.#outcomeFor(task))) wrong.push('saw another outcome');
    if (plan.isDurable && calls.length > 0) wrong.push(...this.#wrongWithCalls(task));
    return wrong;
  }

  #outcomeFor({ parent }: SeenDurableTask): Outcome {
    if (parent === undefined) return this.#outcome;
    const { task, attempt } = parent;
    return failsForGood(task.plan) || attempt < attemptsOf(task.plan) ? 'failure' : 'success';
  }

  /** What has to become of a task: what is told of it, or that it runs. */
  #expected(task: SeenDurableTask): string {
    const { plan, isCancelled, ends } = task;
    if (isCancelled) return 'skipped: cancelled';
    if (plan.runOn !== 'always' && plan.runOn !== this.#outcomeFor(task)) return 'skipped: outcome';
    if (!plan.isDurable || task.parent !== undefined) return RUNS;
    if (this.#stage.batchesOf(plan.name).some(({ id }) => this.#stage.rolledBack.has(id))) return NEVER_WAS;
    const { status, mayBeLost } = this.#request;
    if (status === 503) return 'lost';
    const nobodyIsTold = this.#outcome === 'failure' || this.#request.plan.ending === 'events';
    return mayBeLost && nobodyIsTold && ends[0] === 'lost' ? 'lost' : RUNS;
  }

  /** What else may be told of one that does not run. */
  #asNotRun(task: SeenDurableTask, expected: string): string[] {
    if (expected === NEVER_WAS) return ['', 'skipped: outcome'];
    const { parent, ends } = task;
    if (parent !== undefined && this.#hasLapsed(parent.task) && ends.every((each) => each === expected))
      return [ends.join(', ')];
    const isSkipped = !task.plan.isDurable && expected === 'skipped: outcome' && this.#isAfterFailure(task, this.#here);
    return isSkipped ? ['skipped: failure'] : [];
  }

  /** What may be told of one that runs, unless one before it has failed. */
  #asRun(task: SeenDurableTask): string[] {
    const { plan, ends } = task;
    const batch = this.#stage.batchThatRan(plan.name);
    const before = plan.isDurable ? (batch?.tasks ?? []).map((name) => this.#stage.task(name)) : this.#here;
    const end = `${failsForGood(plan) ? 'failed' : 'succeeded'} at ${attemptsOf(plan)}`;
    const expected = this.#isAfterFailure(task, before) ? 'skipped: failure' : end;
    if (batch === undefined && plan.isDurable) return ['to run'];
    const ownEnds = task.parent !== undefined && this.#hasLapsed(task.parent.task) ? this.#withoutSkipped(ends) : ends;
    // where a claim was lost, a step may have run again
    const mayBeMore = plan.isDurable && batch?.hasLapsed === true && ownEnds.length > 0;
    const isExplained = mayBeMore ? ownEnds.every((each) => each === expected) : ownEnds.join() === expected;
    return isExplained ? [ends.join(', ')] : [expected];
  }

  /** What an attempt has added whose claim was lost meanwhile is that of no attempt. */
  #withoutSkipped(ends: readonly string[]): string[] {
    return ends.filter((each) => each !== 'skipped: outcome');
  }

  #hasLapsed({ calls }: SeenDurableTask): boolean {
    return calls.some(({ batchId }) => this.#stage.batches.get(batchId)?.hasLapsed === true);
  }

  get #here(): SeenDurableTask[] {
    return this.#request.tasks.filter(({ plan }) => !plan.isDurable);
  }

  #isAfterFailure(task: SeenDurableTask, inOrder: readonly SeenDurableTask[]): boolean {
    const before = inOrder.slice(0, inOrder.indexOf(task));
    return before.some(({ plan, calls }) => failsForGood(plan) && calls.length > 0);
  }

  #wrongWithCalls({ plan, calls }: SeenDurableTask): string[] {
    const [first] = calls;
    const batch = first && this.#stage.batches.get(first.batchId);
    const wrong: string[] = [];
    if (calls.some(({ batchId }) => batchId !== first?.batchId)) wrong.push('ran in two batches');
    const attempts = calls.map(({ attempt }) => attempt);
    const expected = Array.from({ length: attemptsOf(plan) }, (_, index) => index + 1);
    const isAsExpected = batch?.hasLapsed === true ? sameSet(attempts, expected) : sameList(attempts, expected);
    if (!isAsExpected) wrong.push(`made the attempts ${attempts.join()}, for ${expected.join()}`);
    return [...wrong, ...(batch === undefined ? [] : this.#wrongWithTold(batch))];
  }

  /** Whoever has stored it has told so, and handed it over. */
  #wrongWithTold({ id }: SeenBatch): string[] {
    const told = this.#stage.ofBatches.filter((event) => 'batchId' in event && event.batchId === id);
    return (['stored', 'released'] as const)
      .filter((type) => !told.some((event) => event.type === type))
      .map((type) => `ran, and its batch was not told as ${type}`);
  }
}

const RUNS = 'run';
const NEVER_WAS = 'rolled back';

function sameList(one: readonly number[], other: readonly number[]): boolean {
  return one.join() === other.join();
}

function sameSet(one: readonly number[], other: readonly number[]): boolean {
  return sameList(
    [...new Set(one)].sort((a, b) => a - b),
    [...other],
  );
}
