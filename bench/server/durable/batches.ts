import { randomUUID } from 'node:crypto';

/** What a task is given: as much as a mail takes. */
export const PAYLOAD = { to: 'somebody@example.com', subject: 'x'.repeat(50), lines: ['y'.repeat(60), 'z'.repeat(60)] };

/** The names of the tasks, as `Steps` has them. */
export type StepName = 'bench.nothing' | 'bench.wait';

/** A batch, as the library stores one. */
export interface StoredBatch {
  readonly v: 1;
  readonly id: string;
  readonly steps: ReadonlyArray<{
    readonly name: StepName;
    readonly args: readonly unknown[];
    readonly outcome: 'success';
  }>;
  readonly carry: Readonly<Record<string, string>>;
}

/** What an engine keeps of it. */
export interface Stored {
  readonly batch: StoredBatch;
  readonly progress: { readonly cursor: number; readonly failures: number };
}

export function newBatch(name: StepName, size: number): StoredBatch {
  const steps = Array.from({ length: size }, () => ({ name, args: [PAYLOAD], outcome: 'success' as const }));
  return { v: 1, id: randomUUID(), steps, carry: {} };
}
