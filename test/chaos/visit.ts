import { type BackgroundTask, currentTask } from 'nestjs-background-tasks';
import { madeTask, MERGES, newStatement, sameStatement, type Statement, type Ways } from './adding.js';
import type { AddPlan, Place, RequestPlan } from './plan.js';
import { type Adder, type SeenAttempt, SeenObject, type SeenRequest, SeenTask, stores } from './seen.js';
import type { Stage } from './stage.js';
import { turns } from './turns.js';

/** One request while the application is at it: adds what is planned, and judges what its tasks see. */
export class Visit implements Adder {
  #ways: Ways;

  constructor(
    readonly stage: Stage,
    readonly seen: SeenRequest,
  ) {
    this.#ways = { injected: stage.singleton };
  }

  get plan(): RequestPlan {
    return this.seen.plan;
  }

  complain(what: string): void {
    this.stage.complain(what, this.seen);
  }

  /** Adds what is planned for `place`; `ways` are those that lead from there to the tasks. */
  addAt(place: Place, ways: Ways): void {
    // before the library has met a request, nothing leads to its tasks but its response
    this.#ways = place === 'app.use' ? ways : { ...this.#ways, ...ways };
    for (const statement of this.#plannedAt(place)) this.add(statement);
  }

  /** Is held up at `place` for some turns, if the plan says so. */
  async dawdleAt(place: Place): Promise<void> {
    if (this.plan.dawdlesAt === place) await this.stage.track(turns(this.plan.turns));
  }

  /** Does what the plan has for after the first await of a handler. */
  async addLater(): Promise<void> {
    // whatever becomes of its call, this is the code of the one that is at work now
    const planned = this.#plannedAt('handler, later');
    await turns(this.plan.turns);
    for (const statement of planned) {
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
    const { working, callAtWork } = this.seen;
    working.push(callAtWork);
    try {
      return await this.stage.track(work());
    } finally {
      working.splice(working.indexOf(callAtWork), 1);
    }
  }

  /** Makes one statement; throws if a task is refused and the plan says so. */
  add(statement: AddPlan): void {
    const add = (): unknown => this.#add(statement);
    const error = statement.hasOwnStore ? stores.run({ request: this.plan.id }, add) : add();
    // eslint-disable-next-line typescript/only-throw-error -- as the handler of a user would
    if (error !== undefined && statement.rethrows) throw error;
  }

  #add(plan: AddPlan): unknown {
    const store = stores.getStore();
    // whoever is called back by a pool has the store of another
    const isOwn = store?.request === this.plan.id || this.stage.plan.hasPool;
    if (!isOwn) this.complain(`adds in the async context of ${store?.request}`);
    if (plan.form === 'cancel') return this.#cancel(plan);
    const statement = this.#statementOf(plan);
    if (statement === undefined) return undefined;
    const { objects, made, make } = statement;
    const added = objects
      .filter((object) => !object.isHeldBy(this.seen))
      .map((object) => new SeenTask(this, object, statement.plan, store));
    let task: BackgroundTask | undefined;
    const error = this.stage.adding(this.seen, plan, added, () => {
      task = make();
    });
    // a function that was refused has become no task
    if (made !== undefined && (task !== undefined || madeTask(made) !== undefined)) this.seen.made.push(made);
    if (task !== undefined) this.#merge(plan, task);
    return error;
  }

  #statementOf(plan: AddPlan): Statement | undefined {
    if (plan.form === 'shared') return sameStatement(this.stage.shared(plan.target), plan, this.#ways, this.stage);
    if (plan.form !== 'again') return newStatement(plan, this.#ways, this.stage);
    const made = this.#madeBefore(plan);
    if (made === undefined || !this.#canBeAddedAgain(made)) return undefined;
    return sameStatement(made, plan, this.#ways, this.stage);
  }

  #madeBefore({ target }: AddPlan): SeenObject | readonly SeenObject[] | undefined {
    const { made } = this.seen;
    return made.length === 0 ? undefined : made[target % made.length];
  }

  /** What the rules do not say: what a group is, some of whose tasks have started, and one that was cancelled. */
  #canBeAddedAgain(made: SeenObject | readonly SeenObject[]): boolean {
    if (made instanceof SeenObject) return !made.isCancelled && made.calls.every(({ isCancelled }) => !isCancelled);
    return made.every((object) => this.#canBeAddedAgain(object) && object.calls.every(({ isWaiting }) => isWaiting));
  }

  #merge({ merges }: AddPlan, task: BackgroundTask): void {
    for (const merge of merges) {
      // what has started, or was cancelled, can be meant by what is attached
      if (!this.seen.tasks.every(({ isWaiting, isCancelled }) => isWaiting && !isCancelled)) return;
      const error = this.stage.adding(this.seen, undefined, [], () => MERGES[merge](task, this.#ways));
      if (error !== undefined) this.complain(`${merge}, which is refused`);
    }
  }

  #cancel(plan: AddPlan): undefined {
    const made =
      plan.target % 3 === 0 && this.stage.hasShared ? this.stage.shared(plan.target) : this.#madeBefore(plan);
    const task = made && madeTask(made);
    if (made === undefined || task === undefined) return;
    const isCancelled = this.stage.cancelling(made, () => task.cancel());
    if (isCancelled !== undefined) this.complain(`cancel() of ${task.name} returned ${isCancelled}`);
  }

  /** The function of a task was called. */
  begin(task: SeenTask): SeenAttempt {
    const { seen } = this;
    const { name } = task.plan;
    // a further attempt waits for no handler that is called again meanwhile
    const mayBegin = seen.maySettle || task.attempts.length > 0 || this.stage.isClosing;
    if (!mayBegin) this.complain(`${name} began before the response was over`);
    if (seen.running !== undefined) this.complain(`${name} began while ${seen.running.plan.name} was at work`);
    const attempt: SeenAttempt = { number: task.attempts.length + 1, hasEnded: false };
    // a handler may be called again, by an interceptor that did not notice the client leave, while a task is at it
    const isTooEarly = attempt.number === 1 && seen.isAtWork(this.stage.isClosing);
    if (isTooEarly) this.complain(`${name} began before the handler had ended`);
    if (task.isCancelled) this.complain(`${name} began although it was cancelled`);
    task.attempts.push(attempt);
    seen.running = task;
    this.#checkContext(task, attempt);
    this.stage.errands.runWaiting();
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
    // an observable is unsubscribed from once its attempt is over
    if (current === undefined && task.plan.pace === 'observable without an end') return;
    if (current?.name !== name) this.complain(`${name} saw ${current?.name} as the current task`);
    if (current?.attempt !== number) this.complain(`${name} saw attempt ${current?.attempt} for ${number}`);
    const { outcome, status, aborted } = task.settlement ?? {};
    if (current?.outcome !== outcome || current?.aborted !== (aborted ?? current?.aborted)) {
      this.complain(`${name} saw ${current?.outcome}, aborted ${current?.aborted}: not ${outcome}, aborted ${aborted}`);
    }
    if (current?.status !== status) this.complain(`${name} saw the status ${current?.status}`);
  }

  async #addUnawaited(statement: AddPlan): Promise<void> {
    if (statement.isAfterTheEnd) await this.seen.over.promise;
    await turns(statement.turns);
    this.add(statement);
  }

  #plannedAt(place: Place): AddPlan[] {
    const call = Math.max(1, this.seen.calls.length);
    return this.plan.adds.filter((statement) => statement.place === place && statement.call === call);
  }
}
