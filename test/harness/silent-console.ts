import { expect, jest } from '@jest/globals';

/** The console, which prints nothing until `restore()`. */
export class SilentConsole {
  readonly lines: string[] = [];

  constructor() {
    for (const method of ['log', 'info', 'warn', 'error'] as const) {
      jest.spyOn(console, method).mockImplementation((...args) => this.lines.push(args.join(' ')));
    }
  }

  restore(): void {
    jest.restoreAllMocks();
  }
}

/** That nothing was to be printed, and nothing was rejected with nobody to handle it; puts the console back. */
export function expectSilence(silent: SilentConsole, unhandled: readonly unknown[] = []): void {
  silent.restore();
  expect(unhandled).toEqual([]);
  expect(silent.lines).toEqual([]);
}
