import { announce } from './announce.js';

export default function countForever({ counter, channel }) {
  announce(channel);
  for (;;) Atomics.add(counter, 0, 1);
}
