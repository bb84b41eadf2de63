import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { type BackgroundTaskOptions, currentTask } from 'nestjs-background-tasks';
import { defer, from, map, Observable, of } from 'rxjs';
import { isGenerator, isTimedOut, type TaskPlan, type Thrown } from './plan.js';
import type { SeenAttempt, SeenObject } from './seen.js';
import type { Stage } from './stage.js';
import { turns } from './turns.js';

/** The function of a task: does as planned, and has what it sees judged when it begins and when it ends. */
export function workOf(object: SeenObject, stage: Stage): (payload: TaskPlan) => unknown {
  const { plan } = object;
  return (payload) => {
    if (payload !== plan) stage.complain(`${plan.name} got another argument`);
    const task = stage.currentCallOf(object);
    const attempt = task.adder.begin(task);
    // once: it may add itself again
    const isFirst = attempt.number === 1 && object.calls[0] === task;
    if (isFirst) for (const statement of plan.nested) task.adder.add(statement);
    return PACES[plan.pace](plan, () => {
      task.adder.end(task, attempt);
      fail(plan, attempt);
    });
  };
}

/** What `with()` is to say of a task. */
export function optionsOf(plan: TaskPlan): BackgroundTaskOptions {
  const { name, length, hasLongTimeout, retries, runOn } = plan;
  const long = hasLongTimeout ? 60_000 : undefined;
  return {
    name,
    runOn,
    timeout: isTimedOut(plan.pace) ? length : long,
    retries: retries === 0 ? undefined : { retries, minTimeout: 0, randomize: false },
  };
}

function fail(plan: TaskPlan, attempt: SeenAttempt): void {
  if (attempt.number > plan.failures || isTimedOut(plan.pace) || isGenerator(plan.pace)) return;
  const error = THROWN[plan.throws](plan);
  attempt.threw = { error };
  throw error;
}

const THROWN: Record<Thrown, (plan: TaskPlan) => unknown> = {
  'an error': ({ name }) => new Error(`${name} fails on purpose`),
  'a string': () => 'on purpose',
  undefined: () => undefined,
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable(new Error('nobody reads this'), {});
    revoke();
    return proxy;
  },
  'an error with bad getters': () => {
    const get = (): never => {
      throw new Error('a getter throws');
    };
    // the stack first: what it was is written down only then, with the name and the message
    return Object.defineProperties(new Error(), { stack: { get }, name: { get }, message: { get } });
  },
  'an object with a bad inspect': () => ({
    [inspect.custom]() {
      throw new Error('inspect throws');
    },
    toString() {
      throw new Error('toString throws');
    },
  }),
};

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
  // begins when somebody subscribes
  observable: ({ length }, finish) =>
    defer(() => (length % 2 === 0 ? of('one', 'two') : from(turns(length)))).pipe(
      map((value) => {
        if (value !== 'two') finish();
      }),
    ),
  'an array': ({ length }, finish) => {
    finish();
    return length % 2 === 0 ? [1, 2] : Readable.from(['never read']);
  },
  'a generator': (_, finish) => {
    finish();
    return (function* () {
      yield 'never';
    })();
  },
  'an async generator': (_, finish) => {
    finish();
    return (async function* () {
      yield 'never';
    })();
  },
  'until its signal aborts': (_, finish) =>
    new Promise<void>((resolve) => {
      currentTask()?.signal.addEventListener('abort', () => {
        finish();
        resolve();
      });
    }),
  // whoever waits no longer has to unsubscribe
  'observable without an end': (_, finish) => new Observable(() => finish),
  // nobody waits for it once its time is over
  'without an end': (_, finish) => {
    finish();
    return new Promise(() => undefined);
  },
};
