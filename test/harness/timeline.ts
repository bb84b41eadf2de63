import { EventEmitter, once } from 'node:events';

/** What happened, in order, and a way to wait for the next thing to happen. */
export class Timeline {
  readonly events: string[] = [];
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  mark(event: string): void {
    this.events.push(event);
    this.#emitter.emit('mark');
  }

  clear(): void {
    this.events.length = 0;
  }

  /** Resolves once `event` has happened `times` times. */
  async until(event: string, times = 1): Promise<void> {
    while (this.count(event) < times) await once(this.#emitter, 'mark');
  }

  /** Resolves to what follows `prefix` in the first event that begins so, once there is one. */
  async first(prefix: string): Promise<string> {
    for (;;) {
      const [found] = this.of(prefix);
      if (found !== undefined) return found;
      await once(this.#emitter, 'mark');
    }
  }

  count(event: string): number {
    return this.events.filter((each) => each === event).length;
  }

  /** The events that begin with `prefix`, without it. */
  of(prefix: string): string[] {
    return this.events.filter((event) => event.startsWith(prefix)).map((event) => event.slice(prefix.length));
  }

  indexOf(...anyOf: string[]): number {
    return this.events.findIndex((event) => anyOf.includes(event));
  }
}
