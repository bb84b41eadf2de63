import fc, { type Arbitrary } from 'fast-check';
import { type AddPlan, isGenerator, isTimedOut, type Merge, type Place, type TaskPlan, type Way } from './plan.js';

/** What is generated before the names are given. */
export const UNNAMED = '';

/** Each value as often as its share of the weights. */
export function oneOf<T>(...choices: Array<readonly [weight: number, value: T]>): Arbitrary<T> {
  return fc.constantFrom(...choices.flatMap(([weight, value]) => Array.from({ length: weight }, () => value)));
}

export const chance = (percent: number): Arbitrary<boolean> => oneOf([percent, true], [100 - percent, false]);
export const upTo = (max: number): Arbitrary<number> => fc.integer({ min: 0, max });
export const listOf = <T>(item: Arbitrary<T>, minLength: number, maxLength: number): Arbitrary<T[]> =>
  fc.array(item, { minLength, maxLength, size: 'max' });

const runOn = oneOf([6, undefined], [2, 'always' as const], [1, 'failure' as const], [1, 'success' as const]);

/** A statement for whatever place it is put in, and in whichever call of its handler. */
export type AddDraft = (place: Place, ways: readonly Way[], call: number) => AddPlan;

const NESTED_WAYS = ['parameter', 'injected', 'response'] as const;

function taskPlan(nested: Arbitrary<AddDraft[]>): Arbitrary<TaskPlan> {
  const drafted = fc.record({
    name: fc.constant(UNNAMED),
    pace: oneOf(
      [30, 'at once' as const],
      [15, 'microtask' as const],
      [5, 'lazy thenable' as const],
      [20, 'turns' as const],
      [4, 'timer' as const],
      [2, 'until its signal aborts' as const],
      [5, 'observable' as const],
      [3, 'an array' as const],
      [1, 'a generator' as const],
      [1, 'an async generator' as const],
      [1, 'observable without an end' as const],
      [1, 'without an end' as const],
    ),
    length: fc.integer({ min: 1, max: 4 }),
    failures: oneOf([16, 0], [2, 1], [1, 2], [1, 3]),
    throws: oneOf(
      [4, 'an error' as const],
      [1, 'a string' as const],
      [1, 'undefined' as const],
      [1, 'a revoked proxy' as const],
      [1, 'an error with bad getters' as const],
      [1, 'an object with a bad inspect' as const],
    ),
    retries: oneOf([14, 0], [2, 1], [1, 2]),
    hasLongTimeout: chance(10),
    around: oneOf(
      [4, 'nothing' as const],
      [1, 'swallows' as const],
      [1, 'lingers' as const],
      [1, 'calls next too late' as const],
    ),
    runOn,
    nested,
  });
  return drafted.map(({ failures, nested: drafts, ...task }) => ({
    ...task,
    // its end is its timeout, or that nobody iterates what it returns
    failures: isTimedOut(task.pace) || isGenerator(task.pace) ? Infinity : failures,
    nested: drafts.map((draft) => draft('task', NESTED_WAYS, 1)),
  }));
}

function addDraft(task: Arbitrary<TaskPlan>): Arbitrary<AddDraft> {
  const single = oneOf<AddPlan['form']>([3, 'function'], [2, 'method'], [2, 'task']);
  const none = fc.constant(undefined);
  const made = oneOf<AddPlan['form']>([2, 'shared'], [2, 'again'], [2, 'cancel']);
  return fc
    .oneof(
      { weight: 14, arbitrary: statement(single, listOf(task, 1, 1), none) },
      { weight: 3, arbitrary: statement(fc.constant('group'), listOf(task, 0, 3), runOn) },
      { weight: 3, arbitrary: statement(made, fc.constant([]), none) },
    )
    .map(({ seed, ...add }) => (place, ways, call) => {
      const way = pick(ways, seed);
      // what is attached to a response is a task already
      const isMade = add.form === 'function' || add.form === 'method';
      const form = way === 'response' && isMade ? 'task' : add.form;
      const rethrows = add.rethrows && place !== 'task' && place !== 'unawaited';
      return { ...add, place, way, form, rethrows, call, target: seed };
    });
}

const merge = oneOf<Merge>(
  [1, 'adds it'],
  [1, 'attaches it'],
  [2, 'attaches it with what is attached'],
  [1, 'attaches all'],
  [1, '??='],
  [1, 'attaches nothing'],
);

function statement(form: Arbitrary<AddPlan['form']>, tasks: Arbitrary<TaskPlan[]>, shared: typeof runOn) {
  return fc.record({
    seed: upTo(1_000),
    form,
    turns: upTo(6),
    isAfterTheEnd: chance(30),
    hasOwnStore: chance(20),
    rethrows: fc.boolean(),
    merges: oneOf([5, 0], [2, 1], [1, 2]).chain((count) => listOf(merge, count, count)),
    runOn: shared,
    tasks,
  });
}

/** One of `choices`, which `seed` decides: unlike a chain of arbitraries, it costs nothing. */
export function pick<T>(choices: readonly T[], seed: number): T {
  return choices[seed % choices.length];
}

const innermost = taskPlan(fc.constant([]));
const inner = taskPlan(listOf(addDraft(innermost), 0, 1));

/** Its tasks may add tasks, which may add tasks. */
export const addDrafts = listOf(addDraft(taskPlan(listOf(addDraft(inner), 0, 1))), 0, 4);

/** Tasks that any request may add, which they leave to themselves. */
export const sharedTasks = listOf(innermost, 1, 3);
