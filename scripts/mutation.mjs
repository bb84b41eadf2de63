/**
 * Mutation testing of the rooms that have specs beside them, in two passes.
 *
 * A mutant first meets the specs of its own room alone, which takes under a second. What survives them meets
 * every spec that needs no server. A mutant that either pass kills is killed; the score is that of both.
 *
 *     node scripts/mutation.mjs [room …]      all the rooms of stryker.config.mjs, or these
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';
import every from '../jest.mutation.config.js';
import { ROOMS, SOURCE } from '../stryker.config.mjs';

/** The score, in percent, that must be reached. */
const LEAST = 85;

const KILLED = ['Killed', 'Timeout'];
const SURVIVED = ['Survived', 'NoCoverage'];
const asked = process.argv.slice(2);
const rooms = asked.length > 0 ? asked : ROOMS;

/** A mutant by what it does where: its id is another one in each pass. */
const keyOf = ({ fileName, location: { start, end }, mutatorName, replacement }) =>
  [fileName, start.line, start.column, end.line, end.column, mutatorName, replacement].join('|');

// always said: Stryker writes what it is told into the configuration that it has read, and reads that once
const run = (mutate, specs) => new Stryker({ mutate, jest: { config: { testRegex: specs } } }).runMutationTest();

const found = new Map();

/** How many mutants of these statuses there are. */
const count = (statuses) => [...found.values()].filter(({ status }) => statuses.includes(status)).length;
const score = () => (100 * count(KILLED)) / count([...KILLED, ...SURVIVED]);
const report = (what) =>
  console.log(
    `${what}${score().toFixed(1)} % of ${count([...KILLED, ...SURVIVED])} killed, ${count(['Timeout'])} by timeout`,
  );

const keep = (mutants) => {
  for (const mutant of mutants) {
    const key = keyOf(mutant);
    if (!KILLED.includes(found.get(key)?.status)) found.set(key, mutant);
  }
};

for (const room of rooms) {
  const specs = existsSync(`${SOURCE}/${room}.spec.ts`) ? `/${room}(\\.[\\w-]+)*\\.spec\\.ts$` : every.testRegex;
  keep(await run([`${SOURCE}/${room}.ts`], specs));
  report(`${room}: `);
}
const survivors = () => [...found.values()].filter(({ status }) => SURVIVED.includes(status));
if (survivors().length > 0) {
  const lines = survivors().map(({ fileName, location: { start, end } }) => `${fileName}:${start.line}-${end.line}`);
  keep(await run([...new Set(lines)], every.testRegex));
}
report('all: ');
for (const { fileName, location, mutatorName, replacement } of survivors()) {
  console.log(`survived: ${fileName}:${location.start.line}:${location.start.column} ${mutatorName}: ${replacement}`);
}
mkdirSync('coverage', { recursive: true });
writeFileSync('coverage/mutation.json', JSON.stringify([...found.values()], null, 2));
if (score() < LEAST) {
  console.error(`Expected a score of at least ${LEAST} %, got ${score().toFixed(1)} %`);
  process.exitCode = 1;
}
