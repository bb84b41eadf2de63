/**
 * Mutation testing, wing by wing, in two passes.
 *
 * A mutant first meets the specs of its own wing, which take a second or two. What survives them meets every spec
 * that needs no server. A mutant that either pass kills is killed; the score is that of both. One that made the specs
 * run out of time counts as killed, too, and is reported apart: that proves little.
 *
 *     node scripts/mutation.mjs [wing …]      all WINGS of stryker.config.mjs, or these (`core/batch`)
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';
import every from '../jest.mutation.config.js';
import { filesOf, WINGS } from '../stryker.config.mjs';

/** The score, in percent, that must be reached. */
const LEAST = 90;

/** How many of the mutants, in percent, may be killed by nothing but their running out of time. */
const MOST_TIMEOUTS = 5;

const KILLED = ['Killed', 'Timeout'];
const SURVIVED = ['Survived', 'NoCoverage'];
const asked = process.argv.slice(2);
const wings = asked.length > 0 ? asked : WINGS;
const unknown = wings.filter((wing) => !WINGS.includes(wing));
if (unknown.length > 0) throw new Error(`Expected some of ${WINGS.join(', ')}, got ${unknown.join(', ')}.`);

/** A mutant by what it does where: its id is another one in each pass. */
const keyOf = ({ fileName, location: { start, end }, mutatorName, replacement }) =>
  [fileName, start.line, start.column, end.line, end.column, mutatorName, replacement].join('|');

// always said: Stryker writes what it is told into the configuration that it has read, and reads that once
const run = (mutate, specs) => new Stryker({ mutate, jest: { config: { testRegex: specs } } }).runMutationTest();

const found = new Map();

/** The mutants of these statuses, of the whole run or of one wing. */
const those = (statuses, wing = '') =>
  [...found.values()].filter(({ status, fileName }) => statuses.includes(status) && fileName.includes(`/${wing}`));
const share = (statuses, wing) => (100 * those(statuses, wing).length) / those([...KILLED, ...SURVIVED], wing).length;
const inWords = (wing) =>
  `${share(KILLED, wing).toFixed(1)} % of ${those([...KILLED, ...SURVIVED], wing).length} killed, ` +
  `${share(['Timeout'], wing).toFixed(1)} % by timeout`;

const keep = (mutants) => {
  for (const mutant of mutants) {
    const key = keyOf(mutant);
    if (!KILLED.includes(found.get(key)?.status)) found.set(key, mutant);
  }
};

for (const wing of wings) {
  keep(await run(filesOf(wing), `/${wing}/.*\\.spec\\.ts$`));
  console.log(`${wing}, by its own specs: ${inWords(`${wing}/`)}`);
}
if (those(SURVIVED).length > 0) {
  const lines = those(SURVIVED).map(
    ({ fileName, location: { start, end } }) => `${fileName}:${start.line}-${end.line}`,
  );
  keep(await run([...new Set(lines)], every.testRegex));
}
for (const { fileName, location, mutatorName, replacement } of those(SURVIVED)) {
  console.log(`survived: ${fileName}:${location.start.line}:${location.start.column} ${mutatorName}: ${replacement}`);
}
for (const wing of wings) console.log(`${wing}: ${inWords(`${wing}/`)}`);
console.log(`all: ${inWords()}`);
mkdirSync('coverage', { recursive: true });
writeFileSync('coverage/mutation.json', JSON.stringify([...found.values()], null, 2));

check(share(KILLED) >= LEAST, `Expected a score of at least ${LEAST} %, got ${share(KILLED).toFixed(1)} %`);
check(
  share(['Timeout']) <= MOST_TIMEOUTS,
  `Expected timeouts to be at most ${MOST_TIMEOUTS} %, got ${share(['Timeout']).toFixed(1)} %`,
);

function check(isReached, message) {
  if (isReached) return;
  console.error(message);
  process.exitCode = 1;
}
