export default function throwAtFirst(counter) {
  const call = Atomics.add(counter, 0, 1) + 1;
  if (call === 1) throw new RangeError(`call ${call} fails`);
}
