import type { Outcome } from '../tasks/task-context.js';
import { type AwaitedResponse, type Call, decideOutcome, type HandlerState } from './outcome.js';

/** How the response ended. */
export interface Settlement {
  readonly outcome: Outcome;
  readonly aborted: boolean;
}

const NOBODY: ReadonlySet<Call> = new Set();

/**
 * When a batch settles, and how: once its response is over and no handler is at work on it.
 *
 * A handler that begins later undoes that, until it has ended.
 */
export class Settling {
  readonly #onSettlement: (settlement: Settlement, isNew: boolean) => void;
  #response?: AwaitedResponse;
  #isWatched = false;
  /** The call that the response ends as; there is none where several share it. */
  #followed?: Call;
  /** How those that share it have ended, if all in the same way. */
  #shared?: HandlerState;
  #atWork?: Set<Call>;
  #end?: { readonly response: AwaitedResponse; readonly aborted: boolean };
  #settlement?: Settlement;
  #lastSettlement?: Settlement;

  /** `onSettlement` is called each time; whether with another settlement than before, its second argument says. */
  constructor(onSettlement: (settlement: Settlement, isNew: boolean) => void) {
    this.#onSettlement = onSettlement;
  }

  /** There is none before it has settled, and while a late handler is at work. */
  get settlement(): Settlement | undefined {
    return this.#settlement;
  }

  /** Whether the response has begun and goes on: a stream, perhaps without an end. */
  get isStreaming(): boolean {
    return this.#settlement === undefined && this.#response?.isStreaming === true;
  }

  /** The calls of handlers that it waits for. */
  get atWork(): ReadonlySet<Call> {
    return this.#atWork ?? NOBODY;
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
    if (this.#isWatched) this.#watch();
  }

  /** Waits for `call`, even if the response is over and tasks ran before, and settles as it ends. */
  follow(call: Call): void {
    this.#followed = call;
    this.waitFor(call);
  }

  /** Waits for `call`, one of several that share the response; only the tasks that it added end as it does. */
  waitFor(call: Call): void {
    if (call.state !== 'running' || this.atWork.has(call)) return;
    this.#atWork ??= new Set();
    this.#atWork.add(call);
    this.#settlement = undefined;
    call.onceEnded((state) => this.#waitNoLongerFor(call, state));
  }

  /** How a response that is over has ended for what was added by `call`, one of several that share it. */
  outcomeFor(call: Call): Outcome | undefined {
    return this.#end && decideOutcome(call.state, this.#end.response, this.#end.aborted);
  }

  #waitNoLongerFor(call: Call, state: HandlerState): void {
    this.#atWork?.delete(call);
    this.#shared = this.#shared === undefined || this.#shared === state ? state : 'mixed';
    this.#settle();
  }

  #watch(): void {
    const response = this.#response;
    response?.onceOver((aborted) => {
      this.#end = { response, aborted };
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#end === undefined || this.atWork.size > 0) return;
    const { response, aborted } = this.#end;
    const outcome = decideOutcome(this.#followed?.state ?? this.#shared ?? 'unseen', response, aborted);
    const last = this.#lastSettlement;
    const isNew = last?.outcome !== outcome || last.aborted !== aborted;
    this.#settlement = this.#lastSettlement = { outcome, aborted };
    this.#onSettlement(this.#settlement, isNew);
  }
}
