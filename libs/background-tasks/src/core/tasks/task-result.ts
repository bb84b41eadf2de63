import { types } from 'node:util';
import { isObservable, type Observable, Subscription } from 'rxjs';
import { isThenable } from '../errors/safely.js';

/** An attempt, as far as what its task returned has to know of it. */
export interface EndingAttempt {
  /** Why nobody waits for it any longer, if nobody does. */
  readonly stopReason?: Error | undefined;
  /** Calls `callback` once nobody waits for the attempt any longer, with the reason: at once, if that is so already. */
  onceGivenUp(callback: (reason: unknown) => void): void;
}

/**
 * Waits for what the function of a task has returned, in the async context of the caller.
 *
 * A thenable is awaited, so that a lazy one begins its work; an Observable is subscribed to until it completes, or until
 * `attempt` is given up. Anything else is a result, and waits for nothing: no promise is made for it.
 *
 * @throws TypeError for a generator object: its function has not begun.
 */
export function waitForResult(result: unknown, attempt?: EndingAttempt): Promise<void> | undefined {
  if ((typeof result !== 'object' || result === null) && typeof result !== 'function') return undefined;
  if (isThenable(result)) return awaited(result, attempt);
  if (isObservable(result)) return observed(result, attempt);
  if (types.isGeneratorObject(result)) throw new TypeError(NOBODY_ITERATES);
  return undefined;
}

const NOBODY_ITERATES =
  'Cannot run a generator as a background task: nobody iterates the generator object that it returned, so nothing in it ' +
  'has run. Make it an ordinary function, or iterate it in one, as in `async () => { for await (const row of rows()) … }`.';

/** What it resolves to may be an Observable again, as that of an async function. */
async function awaited(thenable: PromiseLike<unknown>, attempt?: EndingAttempt): Promise<void> {
  return waitForResult(await thenable, attempt);
}

function observed(observable: Observable<unknown>, attempt?: EndingAttempt): Promise<void> {
  return new Promise((resolve, reject) => {
    const observer = new ResultObserver(resolve, reject);
    attempt?.onceGivenUp((reason) => observer.error(reason));
    if (!observer.closed) observable.subscribe(observer);
  });
}

/**
 * Waits for the end of an Observable, and for none of its values.
 *
 * It is a subscription itself, which rxjs takes by its shape: so what a teardown throws can be caught here. It comes too
 * late to change how the task has ended, and would end the process.
 */
class ResultObserver extends Subscription {
  constructor(
    private readonly resolve: () => void,
    private readonly reject: (error: unknown) => void,
  ) {
    super();
  }

  next(): void {}

  error(error: unknown): void {
    this.reject(error);
    this.unsubscribe();
  }

  complete(): void {
    this.resolve();
    this.unsubscribe();
  }

  override unsubscribe(): void {
    try {
      super.unsubscribe();
    } catch {
      // of a teardown
    }
  }
}
