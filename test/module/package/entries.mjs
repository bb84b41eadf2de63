/** Prints the names that each entry of the library exports, by `import`: the entries are what it is called with. */
const names = {};
for (const entry of process.argv.slice(2)) {
  names[entry] = Object.keys(await import(`nestjs-background-tasks${entry.slice(1)}`)).toSorted();
}
console.log(JSON.stringify(names));
