/** Prints the names that each entry of the library exports, by `import`. */
import manifest from 'nestjs-background-tasks/package.json' with { type: 'json' };

const names = {};
for (const [entry, { types }] of Object.entries(manifest.exports)) {
  if (types !== undefined)
    names[entry] = Object.keys(await import(`nestjs-background-tasks${entry.slice(1)}`)).toSorted();
}
console.log(JSON.stringify(names));
