import { lookAt } from '../errors/safely.js';
import { described, shown, wrongValue } from '../errors/wording.js';
import { BackgroundTask } from './background-task.js';
import { planCall } from './planned-call.js';
import { leaveUnawaited } from './unawaited.js';

/** What is added, made into a task if it is none. */
export function taskOf(target: unknown, args: unknown[] = []): BackgroundTask {
  return target instanceof BackgroundTask ? target : new BackgroundTask(planCall(target, args) as never);
}

/** For a task that is added with something more. */
export function onlyTheTask(task: BackgroundTask, args: unknown[]): TypeError {
  leaveUnawaited(args);
  return new TypeError(
    `Cannot add the background task \`${shown(task.name)}\` with ${described(args[0])}: a task is added by itself, with ` +
      'the arguments that it was made with. To call a method of it later, add a function that does: (() => task.cancel()).',
  );
}

/** @throws TypeError for what is no transaction. */
export function checkTransaction(transaction: unknown): void {
  const methods = ['query', 'executeSql'].map((name) =>
    lookAt<unknown>(() => Reflect.get(transaction as object, name), undefined),
  );
  if (methods.some((method) => typeof method === 'function')) return;
  throw wrongValue(
    'transaction',
    'a client or QueryRunner with `query()`, or what an adapter of pg-boss makes',
    transaction,
  );
}
