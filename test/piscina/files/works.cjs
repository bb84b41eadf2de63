module.exports = (counter) => {
  Atomics.add(counter, 0, 1);
};
