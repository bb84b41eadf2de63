import type { Outcome } from '../tasks/task-context.js';
import { type CallsAtWork, isAmong, listOf, withCall, withoutCall } from './calls-at-work.js';
import { clock } from './clock.js';
import {
  type AbandonedResponse,
  type AwaitedResponse,
  type Call,
  decideOutcome,
  type HandlerState,
  type ResponseEnd,
  type Settlement,
  type SettlingHost,
} from './outcome.js';
import type { Moments } from './source.js';

/** What settles. */
interface Settled {
  /** Called each time; `isNew` says whether with another settlement than before. */
  onSettlement(settlement: Settlement, isNew: boolean): void;
}

/** The response that is over, and how. */
interface Over extends ResponseEnd {
  readonly response: AwaitedResponse;
  /** When that was, by the monotonic clock, if somebody listened then. */
  readonly at: number | undefined;
}

/**
 * When a batch settles, and how: once its response is over and no handler is at work on it.
 *
 * A handler that begins later undoes that, until it has ended. Where the client has left before a handler was entered,
 * the response is not taken for over until somebody has ended it: a guard may be at work, and a handler after it.
 */
export class Settling {
  readonly #settled: Settled;
  readonly #runner: SettlingHost;
  #response?: AwaitedResponse;
  #isWatched = false;
  /** What is asked before anything of the response is let out. */
  #ask?: () => Promise<void> | undefined;
  /** The call that the response ends as; there is none where several share it. */
  #followed?: Call;
  /** The one that ended last. */
  #lastEnded?: Call;
  /** How those that share it have ended, if all in the same way. */
  #shared?: HandlerState;
  #atWork: CallsAtWork;
  #over?: Over;
  #abandoned?: AbandonedResponse;
  #settlement?: Settlement;
  #lastSettlement?: Settlement;

  /** While the `runner` drains, nothing waits for somebody to end the response of a client that has left. */
  constructor(settled: Settled, runner: SettlingHost = {}) {
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

  /** When the last handler had ended, and the response was over: by the monotonic clock, where somebody listened then. */
  get moments(): Pick<Moments, 'handlerEndedAt' | 'endedAt'> {
    return { handlerEndedAt: (this.#followed ?? this.#lastEnded)?.endedAt, endedAt: this.#over?.at };
  }

  /** The calls of handlers that it waits for. */
  get atWork(): readonly Call[] {
    return listOf(this.#atWork);
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
    if (call.state !== 'running' || isAmong(this.#atWork, call)) return;
    this.#atWork = withCall(this.#atWork, call);
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
    this.#lastEnded = call;
    this.#atWork = withoutCall(this.#atWork, call);
    this.#shared = this.#shared === undefined || this.#shared === state ? state : 'mixed';
    if (this.#over === undefined && this.#isWatched) this.#response?.watchAgain?.();
    this.#settle();
  }

  #watch(): void {
    const response = this.#response;
    response?.onceOver((aborted, hasBegun) => {
      const at = this.#runner.isObserved === true ? clock.now() : undefined;
      this.#over = { response, aborted, hasBegun, isRefused: response.isRefused, at };
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
