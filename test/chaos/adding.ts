import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import type { Reply } from '../harness/application.js';
import type { AddPlan, Merge, TaskPlan, Way } from './plan.js';
import { SeenObject } from './seen.js';
import type { Stage } from './stage.js';
import { optionsOf, workOf } from './work.js';

/** How to get at the tasks of a request, as far as its code has got. */
export interface Ways {
  readonly parameter?: BackgroundTasks;
  readonly injected?: BackgroundTasks;
  readonly response?: Pick<Reply, 'background'>;
}

/** A statement that is about to be made. */
export interface Statement {
  /** As it is for the tasks that it adds. */
  readonly plan: AddPlan;
  readonly objects: readonly SeenObject[];
  /** What can be added again, once this was done. */
  readonly made?: SeenObject | readonly SeenObject[];
  /** Makes it. */
  readonly make: () => BackgroundTask;
}

/** A method to add by its name. */
class Worker {
  constructor(readonly work: (payload: TaskPlan) => unknown) {}
}

/** A statement that adds the tasks in `plan`. */
export function newStatement(plan: AddPlan, ways: Ways, stage: Stage): Statement {
  const { form, way, runOn } = plan;
  const objects = plan.tasks.map((task) => stage.objectOf(task));
  const [only] = objects;
  if (form === 'group' || only === undefined) {
    const tasks = objects.map((object) => taskOf(object, stage));
    // in a group, too, a task is once, and nothing is nothing
    const group = new BackgroundTasks([...tasks, null, ...tasks, undefined]).with({ runOn });
    groups.set(objects, { group, runOn });
    return { plan, objects, made: objects, make: () => give(group, way, ways) };
  }
  const tasks = tasksBy(way, ways);
  if (form === 'task' || tasks === undefined) {
    return { plan, objects, made: only, make: () => give(taskOf(only, stage), way, ways) };
  }
  return {
    plan,
    objects,
    made: only,
    make: () => {
      const work = workOf(only, stage);
      const added =
        form === 'function' ? tasks.addTask(work, only.plan) : tasks.addTask(new Worker(work), 'work', only.plan);
      only.task = added.with(optionsOf(only.plan));
      return added;
    },
  };
}

/** Those made of some tasks, and what was said of them all: of what was refused, too. */
const groups = new WeakMap<readonly SeenObject[], { group: BackgroundTasks; runOn: AddPlan['runOn'] }>();

/** The `BackgroundTask` or the `BackgroundTasks` of what was made before, if there is one: none where adding was refused. */
export function madeTask(made: SeenObject | readonly SeenObject[]): BackgroundTask | undefined {
  return made instanceof SeenObject ? made.task : groups.get(made)?.group;
}

/** A statement that adds `made` again, or for another request. */
export function sameStatement(
  made: SeenObject | readonly SeenObject[],
  plan: AddPlan,
  ways: Ways,
  stage: Stage,
): Statement {
  const { way } = plan;
  if (made instanceof SeenObject) return { plan, objects: [made], make: () => give(taskOf(made, stage), way, ways) };
  const known = groups.get(made);
  if (known === undefined) throw new Error('The plan adds a group again that was never made');
  const { group, runOn } = known;
  return { plan: { ...plan, runOn }, objects: made, make: () => give(group, way, ways) };
}

function give(task: BackgroundTask, way: Way, ways: Ways): BackgroundTask {
  const tasks = tasksBy(way, ways);
  if (tasks !== undefined && (way !== 'response' || ways.response === undefined)) tasks.addTask(task);
  else if (ways.response !== undefined) ways.response.background = task;
  else throw new Error('The plan adds a task where nothing leads to the tasks');
  return task;
}

/** Code that adds late takes what there is. */
function tasksBy(way: Way, { parameter, injected }: Ways): BackgroundTasks | undefined {
  return way === 'parameter' ? (parameter ?? injected) : (injected ?? parameter);
}

/** The one task of `object`, made when it is needed first. */
function taskOf(object: SeenObject, stage: Stage): BackgroundTask {
  object.task ??= new BackgroundTask(workOf(object, stage), object.plan).with(optionsOf(object.plan));
  return object.task;
}

/** Adds what has been added just now in another way: that changes nothing. */
export const MERGES: Record<Merge, (task: BackgroundTask, ways: Ways) => void> = {
  'adds it': (task, ways) => void (ways.parameter ?? ways.injected)?.addTask(task),
  'attaches it': (task, { response }) => {
    if (response !== undefined) response.background = task;
  },
  'attaches it with what is attached': (task, { response }) => {
    if (response === undefined) return;
    const attached = response.background as BackgroundTask | null | undefined;
    response.background = new BackgroundTasks([attached, task]);
  },
  'attaches all': (_, { response, parameter, injected }) => {
    const all = parameter ?? injected;
    if (response !== undefined && all !== undefined) response.background = new BackgroundTasks(all);
  },
  '??=': (task, { response }) => {
    if (response !== undefined) response.background ??= task;
  },
  'attaches nothing': (task, { response }) => {
    if (response !== undefined) response.background = task.name.length % 2 === 0 ? null : undefined;
  },
};
