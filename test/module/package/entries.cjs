/** Prints the names that each entry of the library exports, by `require`. */
const { exports: entries } = require('nestjs-background-tasks/package.json');

const names = Object.entries(entries).flatMap(([entry, { types }]) =>
  types === undefined ? [] : [[entry, Object.keys(require(`nestjs-background-tasks${entry.slice(1)}`)).toSorted()]],
);
console.log(JSON.stringify(Object.fromEntries(names)));
