import { Observable, type Observer, Subscriber, type Subscription } from 'rxjs';
import { safely } from '../errors/safely.js';
import { HarmlessLogger } from './harmless-logger.js';

type Next<T> = (value: T) => void;

/**
 * An observable whose subscribers may throw, or return a promise that rejects.
 *
 * rxjs reports what a subscriber throws as an uncaught exception, which ends the process.
 */
export class HarmlessObservable<T> extends Observable<T> {
  readonly #logger = new HarmlessLogger();

  override subscribe(
    observer?: Partial<Observer<T>> | Next<T> | null,
    error?: Next<unknown> | null,
    complete?: (() => void) | null,
  ): Subscription {
    // an operator, which hands on what it catches
    if (observer instanceof Subscriber) return super.subscribe(observer);
    const given = typeof observer === 'object' && observer !== null ? observer : { next: observer, error, complete };
    return super.subscribe({
      next: (value) => this.#guard(() => given.next?.(value)),
      error: (thrown: unknown) => this.#guard(() => (given.error ? given.error(thrown) : this.#report(thrown))),
      complete: () => this.#guard(() => given.complete?.()),
    });
  }

  /** What `pipe` makes of this is harmless, too. */
  override lift<R>(operator?: Observable<R>['operator']): Observable<R> {
    const lifted = new HarmlessObservable<R>();
    // how every operator of rxjs 7 makes its observable; there is no other way to keep the class
    // eslint-disable-next-line typescript/no-deprecated
    lifted.source = this;
    // eslint-disable-next-line typescript/no-deprecated
    lifted.operator = operator;
    return lifted;
  }

  #guard(call: () => unknown): void {
    safely(call, (thrown) => this.#report(thrown));
  }

  #report(thrown: unknown): void {
    this.#logger.failure('A subscriber of BackgroundTasksEvents threw ', thrown);
  }
}
