// makes the page and the picture of what was measured: in docs/ after a full run
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { chartOf } from './chart.js';
import { documentOf } from './document.js';
import { OUTPUT, readResults } from './results.js';

const results = readResults();
const directory = results.settings.isFull ? 'docs' : OUTPUT;
const file = `${directory}/benchmarks.md`;
const page = await format(documentOf(results), { ...(await resolveConfig(file)), parser: 'markdown' });
// those of the newest Node, which come first
const pictured = results.suites.filter(({ name }) => /-nest-\d/.test(name)).slice(0, 2);

writeFileSync(file, page);
writeFileSync(`${directory}/benchmarks.svg`, chartOf(pictured));
console.log(`${page}\nWritten to ${directory}/benchmarks.md and benchmarks.svg.`);
