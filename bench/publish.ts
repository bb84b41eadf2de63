// makes the page and the picture of what was measured: in docs/ after a full run
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { chartOf } from './chart.js';
import { documentOf } from './document.js';
import { OUTPUT, readResults } from './results.js';
import { nestSuiteName } from './suites.js';

const results = readResults();
const directory = results.settings.isFull ? 'docs' : OUTPUT;
const file = `${directory}/benchmarks.md`;
const page = await format(documentOf(results), { ...(await resolveConfig(file)), parser: 'markdown' });
const pictured = ['Express', 'Fastify'].map((platform) => nestSuiteName(platform, 12));

writeFileSync(file, page);
writeFileSync(`${directory}/benchmarks.svg`, chartOf(results.suites.filter(({ name }) => pictured.includes(name))));
console.log(`${page}\nWritten to ${directory}/benchmarks.md and benchmarks.svg.`);
