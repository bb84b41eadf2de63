let calls = 0;

/** The trivial function that every case with a task calls once a request. */
export function work(): void {
  calls++;
}

/** How often `work` was called in this process. */
export function countCalls(): number {
  return calls;
}
