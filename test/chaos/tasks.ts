import { BackgroundTask, BackgroundTasks, currentTask, type BackgroundTaskOptions } from 'nestjs-background-tasks';
import type { Reply } from '../harness/application.js';
import type { AddPlan, TaskPlan, Way } from './plan.js';
import type { SeenAttempt, SeenTask } from './seen.js';
import { turns } from './turns.js';

/** How to get at the tasks of a request, as far as its code has got. */
export interface Ways {
  readonly parameter?: BackgroundTasks;
  readonly injected?: BackgroundTasks;
  readonly response?: Pick<Reply, 'background'>;
}

/** Who sees the functions of the tasks at work. */
export interface Witness {
  begin(task: SeenTask): SeenAttempt;
  end(task: SeenTask, attempt: SeenAttempt): void;
  add(statement: AddPlan): void;
  complain(what: string): void;
}

/** A method to add by its name. */
class Worker {
  constructor(readonly work: (payload: TaskPlan) => unknown) {}
}

/** Makes the call that `statement` says, with `seen` for its tasks. */
export function addAs(statement: AddPlan, ways: Ways, seen: readonly SeenTask[], witness: Witness): void {
  const { form, way, runOn } = statement;
  const made = (): BackgroundTask[] => seen.map((task) => taskOf(task, witness));
  if (form === 'group') return give(new BackgroundTasks(made()).with({ runOn }), way, ways);
  const [only] = seen;
  if (only === undefined) return;
  const { plan } = only;
  const work = workOf(only, witness);
  if (form === 'task') return give(taskOf(only, witness), way, ways);
  const tasks = tasksBy(way, ways);
  const added = form === 'function' ? tasks.addTask(work, plan) : tasks.addTask(new Worker(work), 'work', plan);
  added.with(optionsOf(plan));
}

function give(task: BackgroundTask, way: Way, ways: Ways): void {
  if (way === 'response' && ways.response !== undefined) ways.response.background = task;
  else tasksBy(way, ways).addTask(task);
}

/** Code that adds late takes what there is. */
function tasksBy(way: Way, { parameter, injected }: Ways): BackgroundTasks {
  const tasks = way === 'parameter' ? (parameter ?? injected) : (injected ?? parameter);
  if (tasks === undefined) throw new Error('The plan adds a task where nothing leads to the tasks');
  return tasks;
}

function taskOf(seen: SeenTask, witness: Witness): BackgroundTask {
  return new BackgroundTask(workOf(seen, witness), seen.plan).with(optionsOf(seen.plan));
}

function optionsOf({ name, pace, length, hasLongTimeout, retries, runOn }: TaskPlan): BackgroundTaskOptions {
  const long = hasLongTimeout ? 60_000 : undefined;
  return {
    name,
    runOn,
    timeout: pace === 'until its signal aborts' ? length : long,
    retries: retries === 0 ? undefined : { retries, minTimeout: 0, randomize: false },
  };
}

/** The function of a task: does as planned, and judges what it sees when it begins and when it ends. */
function workOf(seen: SeenTask, witness: Witness): (payload: TaskPlan) => unknown {
  const { plan } = seen;
  return (payload) => {
    if (payload !== plan) witness.complain(`${plan.name} got another argument`);
    const attempt = witness.begin(seen);
    if (attempt.number === 1) for (const statement of plan.nested) witness.add(statement);
    return PACES[plan.pace](plan, () => end(seen, attempt, witness));
  };
}

function end(seen: SeenTask, attempt: SeenAttempt, witness: Witness): void {
  witness.end(seen, attempt);
  if (attempt.number > seen.plan.failures || seen.plan.pace === 'until its signal aborts') return;
  const error = errorOf(seen.plan);
  attempt.threw = { error };
  throw error;
}

function errorOf({ name, throws }: TaskPlan): unknown {
  if (throws === 'undefined') return undefined;
  return throws === 'a string' ? 'on purpose' : new Error(`${name} fails on purpose`);
}

type Work = (plan: TaskPlan, end: () => void) => unknown;

const PACES: Record<TaskPlan['pace'], Work> = {
  'at once': (_, finish) => finish(),
  microtask: async (_, finish) => {
    await Promise.resolve();
    finish();
  },
  'lazy thenable': (_, finish) => ({
    then: (resolve: () => void, reject: (error: unknown) => void) => {
      try {
        finish();
        resolve();
      } catch (error) {
        reject(error);
      }
    },
  }),
  turns: async ({ length }, finish) => {
    await turns(length);
    finish();
  },
  timer: async ({ length }, finish) => {
    await new Promise((resolve) => setTimeout(resolve, length));
    finish();
  },
  'until its signal aborts': (_, finish) =>
    new Promise<void>((resolve) => {
      currentTask()?.signal.addEventListener('abort', () => {
        finish();
        resolve();
      });
    }),
};
