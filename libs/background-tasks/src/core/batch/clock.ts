import { performance } from 'node:perf_hooks';

/** The clock of Node, as it was when this file was loaded: tests put others in its place, which stand still. */
export const clock = {
  /** Milliseconds since some moment, with fractions; never goes back. */
  now: performance.now.bind(performance),
};
