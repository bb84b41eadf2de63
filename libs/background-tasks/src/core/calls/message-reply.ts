import { setImmediate } from '../batch/clock.js';
import type { AwaitedResponse } from '../batch/outcome.js';

/** What stands for the response where HTTP has none: over when whoever answers has come to an end. */
export class MessageReply implements AwaitedResponse {
  readonly statusCode = undefined;
  #hasBegun = false;
  #aborted?: boolean;
  #callback?: (aborted: boolean, hasBegun: boolean) => void;

  get isStreaming(): boolean {
    return this.#hasBegun && this.#aborted === undefined;
  }

  onceOver(callback: (aborted: boolean, hasBegun: boolean) => void): void {
    this.#callback = callback;
    if (this.#aborted !== undefined) this.#tell(this.#aborted);
  }

  /** A first part of the answer is there. */
  begin(): void {
    this.#hasBegun = true;
  }

  /** Nothing more will come; whether `aborted`, or because it is complete. */
  end(aborted: boolean): void {
    this.#aborted = aborted;
    // most have no tasks, and nobody who asks
    if (this.#callback !== undefined) this.#tell(aborted);
  }

  /** Not at once: what was answered last is written in this turn of the event loop. */
  #tell(aborted: boolean): void {
    setImmediate(() => {
      this.#callback?.(aborted, this.#hasBegun);
      this.#callback = undefined;
    });
  }
}
