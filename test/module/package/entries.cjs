/** Prints the names that each entry of the library exports, by `require`: the entries are what it is called with. */
const names = process.argv
  .slice(2)
  .map((entry) => [entry, Object.keys(require(`nestjs-background-tasks${entry.slice(1)}`)).toSorted()]);
console.log(JSON.stringify(Object.fromEntries(names)));
