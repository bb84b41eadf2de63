import type { AwaitedResponse, HandlerState, Handling } from './outcome.js';
import type { Outcome } from '../tasks/task-context.js';

/** How the response ended. */
export interface Settlement {
  readonly outcome: Outcome;
  readonly aborted: boolean;
}

const NOBODY: ReadonlySet<never> = new Set();

/**
 * When a batch settles, and how: once its response is over and no handler is at work on it.
 *
 * A handler that begins later undoes that, until it has ended.
 */
export class Settling<H extends Handling> {
  readonly #settled: (settlement: Settlement, isNew: boolean) => void;
  #response?: AwaitedResponse;
  #isWanted = false;
  #handler?: H;
  /** How those of several have ended, if all in the same way. */
  #common?: HandlerState;
  #atWork?: Set<H>;
  #end?: { readonly aborted: boolean };
  #settlement?: Settlement;
  #lastSettlement?: Settlement;

  /** `settled` is called each time; whether with another settlement than before, its second argument says. */
  constructor(settled: (settlement: Settlement, isNew: boolean) => void) {
    this.#settled = settled;
  }

  /** There is none before it has settled, and while a late handler is at work. */
  get settlement(): Settlement | undefined {
    return this.#settlement;
  }

  /** Whether the response has begun and goes on: a stream, perhaps without an end. */
  get isStreaming(): boolean {
    return this.#settlement === undefined && this.#response?.isStreaming === true;
  }

  get handlersAtWork(): ReadonlySet<H> {
    return this.#atWork ?? NOBODY;
  }

  /** Watches the response, as soon as anybody knows it. */
  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#watch();
  }

  answeredBy(response: AwaitedResponse): void {
    if (this.#response !== undefined) return;
    this.#response = response;
    if (this.#isWanted) this.#watch();
  }

  /** Waits for `handler`, and settles as it ends. */
  handledBy(handler: H): void {
    this.#handler = handler;
    this.sharedBy(handler);
  }

  /** Waits for `handler`, one of several. */
  sharedBy(handler: H): void {
    if (handler.state !== 'running') return;
    this.#atWork ??= new Set();
    this.#atWork.add(handler);
    this.#settlement = undefined;
  }

  handlerEnded(handler: H): void {
    this.#atWork?.delete(handler);
    this.#common = this.#common === undefined || this.#common === handler.state ? handler.state : 'unseen';
    this.#settle();
  }

  /** How a settled response ended for what was added by `handler`, or by nobody in particular. */
  outcomeFor(handler: H | undefined): Outcome {
    const { outcome, aborted } = this.#settlement as Settlement;
    return handler === undefined ? outcome : this.#outcomeAfter(handler.state, aborted);
  }

  #watch(): void {
    this.#response?.onceOver((aborted) => {
      this.#end = { aborted };
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#end === undefined || this.handlersAtWork.size > 0) return;
    const { aborted } = this.#end;
    const settlement = {
      outcome: this.#outcomeAfter(this.#handler?.state ?? this.#common ?? 'unseen', aborted),
      aborted,
    };
    const last = this.#lastSettlement;
    const isNew = last?.outcome !== settlement.outcome || last.aborted !== aborted;
    this.#settlement = this.#lastSettlement = settlement;
    this.#settled(settlement, isNew);
  }

  #outcomeAfter(handler: HandlerState, aborted: boolean): Outcome {
    // without a response there is nothing that could have ended
    const response = this.#response as AwaitedResponse;
    return response.outcomeAfter(handler, aborted);
  }
}
