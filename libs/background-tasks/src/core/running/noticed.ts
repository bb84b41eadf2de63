/** A promise that knows whether anybody looks at how it ends; nobody has to. */
export class Noticed extends Promise<void> {
  isNoticed = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // eslint-disable-next-line unicorn/no-thenable -- it is a promise: nothing else tells that somebody awaits one
  override then<A = void, B = never>(
    onFulfilled?: ((value: void) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isNoticed = true;
    return super.then(onFulfilled, onRejected);
  }

  /** Calls `callback` when it has ended, without looking at how. */
  onceEnded(callback: () => void): void {
    void super.then(callback, callback);
  }
}
