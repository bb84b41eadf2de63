/**
 * Mutation testing, wing by wing: breaks the code in every way that Stryker can think of, and counts what specs notice.
 *
 * A mutant meets the specs that stand beside its room, or those of its wing where a room has none of its own. One that
 * made them run out of time counts as killed, too, and is reported apart: that proves little.
 *
 *     node scripts/mutation.mjs [wing …]      all WINGS of stryker.config.mjs, or these (`core/batch`)
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';
import { roomsOf, specsOf, WINGS } from '../stryker.config.mjs';

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

const mutants = [];

/** The mutants of these statuses, of the whole run or of one wing. */
const those = (statuses, wing = '') =>
  mutants.filter(({ status, fileName }) => statuses.includes(status) && fileName.includes(`/${wing}`));
const share = (statuses, wing) => (100 * those(statuses, wing).length) / those([...KILLED, ...SURVIVED], wing).length;
const inWords = (wing) =>
  `${share(KILLED, wing).toFixed(1)} % of ${those([...KILLED, ...SURVIVED], wing).length} killed, ` +
  `${share(['Timeout'], wing).toFixed(1)} % by timeout`;

for (const wing of wings) {
  for (const room of roomsOf(wing)) {
    // always said: Stryker writes what it is told into the configuration that it has read, and reads that once
    const jest = { config: { testRegex: specsOf(wing, room) } };
    mutants.push(...(await new Stryker({ mutate: [room], jest }).runMutationTest()));
  }
  console.log(`${wing}: ${inWords(`${wing}/`)}`);
}
for (const { fileName, location, mutatorName, replacement } of those(SURVIVED)) {
  console.log(`survived: ${fileName}:${location.start.line}:${location.start.column} ${mutatorName}: ${replacement}`);
}
console.log(`all: ${inWords()}`);
mkdirSync('coverage', { recursive: true });
writeFileSync('coverage/mutation.json', JSON.stringify(mutants, null, 2));

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
