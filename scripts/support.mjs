/** Makes docs/support.md from the results of scripts/matrix.mjs. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { DIFFERENCES, PROMISES } from './promises.mjs';

/** The Node of each run. */
export const NODES = ['20', '22', '24', '26'];

/** The NestJS of each column, and where it is installed if that is not the workspace itself. */
export const NESTS = [
  { name: '11.0', compat: 'nest-11.0' },
  { name: '11', compat: 'nest-11' },
  { name: '12', compat: undefined },
];

const PLATFORMS = ['Express', 'Fastify'];
const TARGET = 'docs/support.md';

/** Where the results of one run are. */
export const resultsFile = (nest, node) => `coverage/matrix/nest-${nest}-node-${node}.json`;

/** The tests of one run, each with its spec and the platforms it is about. */
function testsOf(nest, node) {
  const { testResults } = JSON.parse(readFileSync(resultsFile(nest, node), 'utf8'));
  return testResults.flatMap(({ name: file, status, assertionResults }) => {
    const spec = specOf(file);
    if (status === 'failed' && assertionResults.length === 0) return [{ spec, platforms: PLATFORMS, status }];
    return assertionResults.map(({ fullName, status: result }) => {
      const named = PLATFORMS.filter((platform) => fullName.includes(platform));
      return { spec, platforms: named.length === 0 ? PLATFORMS : named, status: result };
    });
  });
}

/** `test/batch/order.spec.ts` is `batch/order`; what stands beside the rooms and in the sample is summed up. */
function specOf(file) {
  const [, root, rest] = /\/(test|libs|apps)\/(.*?)(?:\.(?:e2e-)?spec)\.ts$/.exec(file);
  return root === 'test' ? rest : root;
}

const fileOf = (spec) => `test/${spec}.spec.ts`;

/** What the table sums up: the words of its link, and the folder. */
const SUMMED_UP = {
  libs: ['the specs beside them', 'libs/background-tasks/src'],
  apps: ['its specs', 'apps/sample/test'],
};

/** A link to a spec, from where docs/support.md is. */
function linkTo(spec) {
  const [text, path] = SUMMED_UP[spec] ?? [spec, fileOf(spec)];
  return `[${text}](../${path})`;
}

/** What one run says of one promise on one platform. */
function verdictOf(tests, promise, platform) {
  const about = tests.filter(({ spec, platforms }) => promise.specs.includes(spec) && platforms.includes(platform));
  const count = (...statuses) => about.filter(({ status }) => statuses.includes(status)).length;
  const notRun = promise.specs.filter((spec) => !tests.some((test) => test.spec === spec));
  const skipped = about.filter(({ status }) => ['pending', 'todo', 'skipped'].includes(status)).map(({ spec }) => spec);
  return { passed: count('passed'), failed: count('failed'), missing: [...new Set([...notRun, ...skipped])] };
}

/** The numbers of the differences that there are about `specs`; throws where none explains one that is missing. */
function differencesOf(specs, missing, nest, platform) {
  const isAbout = (spec) => (difference) =>
    difference.specs.includes(spec) &&
    difference.nests.includes(nest) &&
    (difference.platforms ?? PLATFORMS).includes(platform);
  const unexplained = missing.filter((spec) => !DIFFERENCES.some(isAbout(spec)));
  if (unexplained.length > 0) {
    throw new Error(
      `Say in DIFFERENCES of scripts/promises.mjs why tests of ${unexplained.join(', ')} do not run with Nest ${nest} on ${platform}.`,
    );
  }
  return DIFFERENCES.flatMap((difference, index) =>
    specs.some((spec) => isAbout(spec)(difference)) ? [index + 1] : [],
  );
}

function cellOf(runs, promise, nest, platform) {
  const verdicts = NODES.map((node) => ({ node, ...verdictOf(runs.get(`${nest} ${node}`), promise, platform) }));
  const failing = verdicts.filter(({ failed }) => failed > 0).map(({ node }) => node);
  if (failing.length > 0) return `**fails** on Node ${failing.join(', ')}`;
  const missing = [...new Set(verdicts.flatMap((verdict) => verdict.missing))];
  const notes = differencesOf(promise.specs, missing, nest, platform)
    .map((number) => ` [${number}](#${number})`)
    .join('');
  const counts = [...new Set(verdicts.map(({ passed }) => passed))].sort((a, b) => a - b);
  return counts.at(-1) === 0 ? `–${notes}` : `✓ ${counts.join('–')}${notes}`;
}

const versionOf = (name, compat) =>
  JSON.parse(readFileSync(`${compat ? `compat/${compat}/` : ''}node_modules/${name}/package.json`, 'utf8')).version;

/** Writes the table; every run of the matrix has to be there. */
export async function writeSupport(nodeVersions) {
  const runs = new Map();
  for (const { name } of NESTS) for (const node of NODES) runs.set(`${name} ${node}`, testsOf(name, node));
  const columns = NESTS.flatMap(({ name }) => PLATFORMS.map((platform) => ({ nest: name, platform })));
  const heads = columns.map(({ nest, platform }) => `Nest ${nest}, ${platform}`);
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const rows = PROMISES.map((promise) =>
    row([promise.title, ...columns.map(({ nest, platform }) => cellOf(runs, promise, nest, platform))]),
  );
  const versions = NESTS.map(({ name, compat }) => {
    const others = ['platform-fastify', 'microservices', 'graphql'].map(
      (each) => `${each} ${versionOf(`@nestjs/${each}`, compat)}`,
    );
    const shared = ['rxjs', 'reflect-metadata'].map((each) => `${each} ${versionOf(each, compat)}`);
    return `- **Nest ${name}** is @nestjs/core ${versionOf('@nestjs/core', compat)}, with ${[...others, ...shared].join(', ')}.`;
  });
  const text = [
    '# What holds where',
    '',
    'The whole suite is run on every NestJS and Node that is supported, on Express and on Fastify. This page is',
    'written by that run, `npm run matrix`; do not edit it.',
    '',
    `A ✓ says that all its tests pass, with ${nodeVersions.join(', ')}, and how many they are: those about the`,
    'platform, and those about none. Two numbers are the least and the most of the four. A note says what is not there, or not tested.',
    '',
    row(['', ...heads]),
    row(['---', ...heads.map(() => '---')]),
    ...rows,
    '',
    ...versions,
    '',
    '## For how long',
    '',
    '- **NestJS**: a major as long as it is the newest one, and for a year after the next has come. The oldest release of each',
    '  that holds is the first column of it.',
    '- **Node**: every line that Node itself maintains: today 22, 24, and 26, the newest. Beside them 20, whose maintenance',
    '  has ended, as long as NestJS 12 runs on it.',
    '- To drop a NestJS or a Node is a breaking change of this library: it comes with a major of its own.',
    '',
    '## Where each promise is proved',
    '',
    ...PROMISES.map(({ title, specs }) => `- ${title}: ${specs.map(linkTo).join(', ')}`),
    '',
    '## The differences',
    '',
    ...DIFFERENCES.flatMap(({ title, why }, index) => [`### ${index + 1}`, '', `**${title}** ${why}`, '']),
  ].join('\n');
  const options = await resolveConfig(TARGET);
  writeFileSync(TARGET, await format(text, { ...options, filepath: TARGET }));
}

/** Every spec has to be in some row, and what a row or a difference names has to be a spec. */
export function checkPromises() {
  const known = new Set(PROMISES.flatMap(({ specs }) => specs));
  const named = new Set([...known, ...DIFFERENCES.flatMap(({ specs }) => specs)]);
  const missing = [...named].filter((spec) => !existsSync(SUMMED_UP[spec]?.[1] ?? fileOf(spec)));
  if (missing.length > 0) {
    throw new Error(`Correct these specs in scripts/promises.mjs, which do not exist: ${missing.join(', ')}.`);
  }
  const files = readdirSync('test', { recursive: true });
  const specs = files.flatMap((file) => /^(.*)\.spec\.ts$/.exec(file)?.[1] ?? []);
  const unknown = specs.filter((spec) => !known.has(spec));
  if (unknown.length > 0) throw new Error(`Add these specs to a row of scripts/promises.mjs: ${unknown.join(', ')}.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) checkPromises();
