import type {
  AbandonedResponse,
  AwaitedResponse,
  Call,
  HandlerState,
} from '../../libs/background-tasks/src/core/batch/outcome.js';

/** A response that a test ends; watched or not. */
export class FakeAwaited implements AwaitedResponse {
  isStreaming = false;
  statusCode = 200;
  watchers = 0;
  watchedAgain = 0;
  /** Whether somebody has ended it. */
  isEnded = false;
  /** What somebody calls who ends it then; there is none that waits for it otherwise. */
  endLate?: () => void;
  #callback?: (aborted: boolean, hasBegun: boolean) => void;

  onceOver(callback: (aborted: boolean, hasBegun: boolean) => void): void {
    this.watchers++;
    this.#callback = callback;
  }

  watchAgain(): void {
    this.watchedAgain++;
  }

  abandoned(callback: () => void): AbandonedResponse | undefined {
    if (this.isEnded) return undefined;
    this.endLate = callback;
    return { forget: () => (this.endLate = undefined) };
  }

  end(aborted: boolean, hasBegun = true): void {
    this.#callback?.(aborted, hasBegun);
  }
}

/** A call of a handler that a test ends. */
export class FakeHandler implements Call {
  state: HandlerState = 'running';
  statusWhenCompleted?: number | undefined;
  readonly #callbacks: Array<(state: HandlerState) => void> = [];

  onceEnded(callback: (state: HandlerState) => void): void {
    this.#callbacks.push(callback);
  }

  /** Ends it, with `status` where what becomes of its response matters. */
  end(state: HandlerState, status?: number): void {
    this.state = state;
    this.statusWhenCompleted = status;
    for (const callback of this.#callbacks) callback(state);
  }
}
