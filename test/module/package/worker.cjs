/** Runs in a worker thread, and says so in memory that it shares with the others. */
module.exports = (shared) => {
  Atomics.store(shared, 0, 1);
};
