import { threadId } from 'node:worker_threads';
import { announce } from './announce.js';

/** Leaves its thread's id in the second number, and waits until the first is not 0. */
export default function wait({ gate, channel }) {
  Atomics.store(gate, 1, threadId);
  announce(channel);
  Atomics.wait(gate, 0, 0);
}
