import type { Outcome } from '../tasks/task-context.js';
import {
  type AbandonedResponse,
  type AwaitedResponse,
  type Call,
  decideOutcome,
  type HandlerState,
  type ResponseEnd,
} from './outcome.js';

/** How the response ended. */
export interface Settlement {
  readonly outcome: Outcome;
  /** The response's; there is none without HTTP. */
  readonly status: number | undefined;
  readonly aborted: boolean;
}

/** What settles. */
interface Settled {
  /** Called each time; `isNew` says whether with another settlement than before. */
  onSettlement(settlement: Settlement, isNew: boolean): void;
}

/** The response that is over, and how. */
interface Over extends ResponseEnd {
  readonly response: AwaitedResponse;
}

/**
 * When a batch settles, and how: once its response is over and no handler is at work on it.
 *
 * A handler that begins later undoes that, until it has ended. Where the client has left before a handler was entered,
 * the response is not taken for over until somebody has ended it: a guard may be at work, and a handler after it.
 */
export class Settling {
  readonly #settled: Settled;
  readonly #runner: { readonly isDraining?: boolean };
  #response?: AwaitedResponse;
  #isWatched = false;
  /** What is asked before anything of the response is let out. */
  #ask?: () => Promise<void> | undefined;
  /** The call that the response ends as; there is none where several share it. */
  #followed?: Call;
  /** How those that share it have ended, if all in the same way. */
  #shared?: HandlerState;
  /** One call stands for itself: a set is made for more. */
  #atWork?: Call | Set<Call> | undefined;
  #over?: Over;
  #abandoned?: AbandonedResponse;
  #settlement?: Settlement;
  #lastSettlement?: Settlement;

  /** While the `runner` drains, nothing waits for somebody to end the response of a client that has left. */
  constructor(settled: Settled, runner: { readonly isDraining?: boolean } = {}) {
    this.#settled = settled;
    this.#runner = runner;
  }

  /** There is none before it has settled, and while a late handler is at work. */
  get settlement(): Settlement | undefined {
    return this.#settlement;
  }

  /** Whether the response has begun and goes on: a stream, perhaps without an end. */
  get isStreaming(): boolean {
    return this.#settlement === undefined && this.#response?.isStreaming === true;
  }

  /** Whether the client had gone before the response was complete. */
  get clientHasLeft(): boolean {
    return this.#over?.aborted === true;
  }

  /** The calls of handlers that it waits for. */
  get atWork(): readonly Call[] {
    if (this.#atWork === undefined) return [];
    return this.#atWork instanceof Set ? [...this.#atWork] : [this.#atWork];
  }

  /**
   * The call that is at work for what `adder` does, if that is known: `adder` itself; where it has ended and calls have
   * the response for themselves, the one that began last. One that shared the response speaks for what it led to.
   */
  callAtWork(adder?: Call): Call | undefined {
    const followed = this.#followed;
    if (adder?.state === 'running' || followed === undefined) return adder;
    if (followed.state === 'running') return followed;
    return this.atWork.at(-1);
  }

  /** Watches the response, as soon as anybody knows it. */
  watchResponse(): void {
    if (this.#isWatched) return;
    this.#watch();
    // not before: where it cannot be watched, nothing was added, and the next task tries again
    this.#isWatched = true;
  }

  /** Says which response it is; the first one counts. */
  setResponse(response: AwaitedResponse): void {
    if (this.#response !== undefined) return;
    this.#response = response;
    if (this.#ask !== undefined) response.holdBack?.(this.#ask);
    if (this.#isWatched) this.#watch();
  }

  /** Lets nothing of the response out before `ask` was asked, as soon as anybody knows it. */
  holdBack(ask: () => Promise<void> | undefined): void {
    this.#ask = ask;
    this.#response?.holdBack?.(ask);
  }

  /** Waits for `call`, even if the response is over and tasks ran before, and settles as it ends. */
  follow(call: Call): void {
    this.#followed = call;
    this.waitFor(call);
  }

  /** Waits for `call`, one of several that share the response; only the tasks that it added end as it does. */
  waitFor(call: Call): void {
    if (call.state !== 'running' || this.#isAtWork(call)) return;
    if (this.#atWork === undefined) this.#atWork = call;
    else this.#atWork = new Set(this.atWork).add(call);
    this.#settlement = undefined;
    this.#forgetAbandoned();
    call.onceEnded((state) => this.#waitNoLongerFor(call, state));
  }

  /** Settles if it waits for nothing but for somebody to end the response of a client that has left. */
  settleNow(): void {
    if (this.#abandoned === undefined) return;
    this.#forgetAbandoned();
    this.#settle();
  }

  /** How it has settled for what was added by `call`. */
  outcomeFor(call: Call): Outcome | undefined {
    if (this.#over === undefined || this.#settlement === undefined) return undefined;
    // whoever gave it up has asked again: the status is that of another answer
    if (call.state === 'given up' && call !== this.#followed) return 'failure';
    return decideOutcome(call, this.#settlement.status, this.#over);
  }

  /** How it would settle for what was added by `call`, were the response to go on as it looks now, and `ending` to end. */
  outcomeSoFar(call: Call | undefined, ending?: { readonly call: Call; readonly outcome: Outcome }): Outcome {
    const own = call ?? this.#followed;
    if (ending !== undefined && own === ending.call) return ending.outcome;
    if (own?.state === 'given up' && own !== this.#followed) return 'failure';
    const as = own ?? { state: this.#shared ?? 'unseen' };
    const { statusCode, isRefused } = this.#response ?? {};
    return decideOutcome(as, statusCode, { aborted: false, hasBegun: true, isRefused });
  }

  #waitNoLongerFor(call: Call, state: HandlerState): void {
    if (this.#atWork instanceof Set && this.#atWork.size > 1) this.#atWork.delete(call);
    else if (this.#isAtWork(call)) this.#atWork = undefined;
    this.#shared = this.#shared === undefined || this.#shared === state ? state : 'mixed';
    if (this.#over === undefined && this.#isWatched) this.#response?.watchAgain?.();
    this.#settle();
  }

  #isAtWork(call: Call): boolean {
    return this.#atWork instanceof Set ? this.#atWork.has(call) : this.#atWork === call;
  }

  #watch(): void {
    const response = this.#response;
    response?.onceOver((aborted, hasBegun) => {
      this.#over = { response, aborted, hasBegun, isRefused: response.isRefused };
      if (aborted && !this.#hasSeenHandler && this.#runner.isDraining !== true) {
        this.#abandoned = response.abandoned?.(() => this.settleNow());
      }
      this.#settle();
    });
  }

  get #hasSeenHandler(): boolean {
    return this.#followed !== undefined || this.#shared !== undefined || this.#atWork !== undefined;
  }

  #forgetAbandoned(): void {
    this.#abandoned?.forget();
    this.#abandoned = undefined;
  }

  #settle(): void {
    const over = this.#over;
    if (over === undefined || this.#atWork !== undefined || this.#abandoned !== undefined) return;
    const { aborted } = over;
    const status = over.response.statusCode;
    const outcome = decideOutcome(this.#followed ?? { state: this.#shared ?? 'unseen' }, status, over);
    const last = this.#lastSettlement;
    const isNew = last?.outcome !== outcome || last.aborted !== aborted;
    this.#settlement = this.#lastSettlement = { outcome, status, aborted };
    this.#settled.onSettlement(this.#settlement, isNew);
  }
}
