/** Milliseconds that a batch is held. */
export const HOLD = 30_000;
/** Batches that a worker runs at once. */
export const CONCURRENCY = 10;
/** Milliseconds that a worker which is silent keeps its batches. */
export const LEASE = 10_000;
