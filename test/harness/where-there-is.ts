import { describe, it } from '@jest/globals';

/** Describes `name` where nothing is missing. Else `absence` says why something is, and that is printed. */
export function whereThereIs(absence: string | undefined, name: string, describeIt: () => void): void {
  describe.each([name])('%s', () => {
    if (absence === undefined) {
      describeIt();
      return;
    }
    console.warn(`Skipped, since what it needs is not here (${absence}): ${name}`);
    it.todo('needs what is not here');
  });
}
