/** What another application of the process is to be asked from within this one: from its handlers and its tasks. */
export class Errands {
  readonly #waiting: Array<() => void> = [];
  #isOver = false;

  /** Calls `ask` as soon as this application is at work, in its async context; at once if it never will be again. */
  run<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#isOver) return ask();
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => void ask().then(resolve, reject));
    });
  }

  /** Called where this application is at work. */
  runWaiting(): void {
    for (const errand of this.#waiting.splice(0)) errand();
  }

  /** Nobody will come by any more. */
  end(): void {
    this.#isOver = true;
    this.runWaiting();
  }
}
