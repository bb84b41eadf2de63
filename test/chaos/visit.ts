import { currentTask } from 'nestjs-background-tasks';
import type { AddPlan, Place, RequestPlan } from './plan.js';
import { type SeenAttempt, type SeenRequest, SeenTask, stores } from './seen.js';
import type { Stage } from './stage.js';
import { addAs, type Ways, type Witness } from './tasks.js';
import { turns } from './turns.js';

/** One request while the application is at it: adds what is planned, and judges what its tasks see. */
export class Visit implements Witness {
  #ways: Ways = {};

  constructor(
    readonly stage: Stage,
    readonly seen: SeenRequest,
  ) {}

  get plan(): RequestPlan {
    return this.seen.plan;
  }

  complain(what: string): void {
    this.stage.complain(what, this.seen);
  }

  /** Adds what is planned for `place`; `ways` are those that lead from there to the tasks. */
  addAt(place: Place, ways: Ways): void {
    this.#ways = { ...this.#ways, ...ways };
    for (const statement of this.#plannedAt(place)) this.add(statement);
  }

  /** Does what the plan has for after the first await of a handler. */
  async addLater(): Promise<void> {
    await turns(this.plan.turns);
    for (const statement of this.#plannedAt('handler, later')) {
      await turns(statement.turns);
      this.add(statement);
    }
  }

  /** Starts what nobody awaits. */
  startUnawaited(ways: Ways): void {
    this.#ways = { ...this.#ways, ...ways };
    for (const statement of this.#plannedAt('unawaited')) void this.stage.track(this.#addUnawaited(statement));
  }

  /** Runs `work`, the code of a handler: no task may start before its end. */
  async working<T>(work: () => Promise<T>): Promise<T> {
    this.seen.working++;
    try {
      return await this.stage.track(work());
    } finally {
      this.seen.working--;
    }
  }

  /** Makes one statement that adds; throws if a task is refused and the plan says so. */
  add(statement: AddPlan): void {
    const add = (): unknown => {
      const store = stores.getStore();
      if (store?.request !== this.plan.id) this.complain(`adds in the async context of ${store?.request}`);
      const tasks = statement.tasks.map((plan) => new SeenTask(this.seen, plan, statement, store));
      return this.stage.adding(this.seen, tasks, () => addAs(statement, this.#ways, tasks, this));
    };
    const error = statement.hasOwnStore ? stores.run({ request: this.plan.id }, add) : add();
    // eslint-disable-next-line typescript/only-throw-error -- as the handler of a user would
    if (error !== undefined && statement.rethrows) throw error;
  }

  /** The function of a task was called. */
  begin(task: SeenTask): SeenAttempt {
    const { seen } = this;
    const { name } = task.plan;
    if (!seen.isOver) this.complain(`${name} began before the response was over`);
    if (seen.running !== undefined) this.complain(`${name} began while ${seen.running.plan.name} was at work`);
    const attempt: SeenAttempt = { number: task.attempts.length + 1, hasEnded: false };
    // a handler may start, by a guard that did not notice the client leave, while a task is at it
    const isTooEarly = attempt.number === 1 && (seen.handler === 'running' || seen.working > 0);
    if (isTooEarly) this.complain(`${name} began before the handler had ended`);
    task.attempts.push(attempt);
    seen.running = task;
    this.#checkContext(task, attempt);
    return attempt;
  }

  /** The function of a task has come to its end. */
  end(task: SeenTask, attempt: SeenAttempt): void {
    if (attempt.hasEnded) this.complain(`${task.plan.name} ended twice`);
    attempt.hasEnded = true;
    this.seen.running = undefined;
    this.#checkContext(task, attempt);
  }

  #checkContext(task: SeenTask, { number }: SeenAttempt): void {
    const { name } = task.plan;
    if (stores.getStore() !== task.store) this.complain(`${name} ran in the context of ${stores.getStore()?.request}`);
    const current = currentTask();
    if (current?.name !== name) this.complain(`${name} saw ${current?.name} as the current task`);
    if (current?.attempt !== number) this.complain(`${name} saw attempt ${current?.attempt} for ${number}`);
    const { outcome, aborted } = task.settlement ?? {};
    if (current?.outcome !== outcome || current?.aborted !== aborted) this.complain(`${name} saw another outcome`);
  }

  async #addUnawaited(statement: AddPlan): Promise<void> {
    if (statement.isAfterTheEnd) await this.seen.over.promise;
    await turns(statement.turns);
    this.add(statement);
  }

  #plannedAt(place: Place): AddPlan[] {
    return this.plan.adds.filter((statement) => statement.place === place);
  }
}
