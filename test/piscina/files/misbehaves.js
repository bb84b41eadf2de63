/** Everything that is the end of a thread. */
const ways = {
  exit: () => process.exit(3),
  allocate: () => {
    const kept = [];
    for (;;) kept.push(Array.from({ length: 1_000 }, () => kept.length));
  },
  'throw late': ({ gate }) => {
    setImmediate(() => {
      Atomics.wait(gate, 0, 0);
      throw new Error('nobody waited for this');
    });
  },
};

export default function misbehave({ way, gate }) {
  ways[way]({ gate });
}
