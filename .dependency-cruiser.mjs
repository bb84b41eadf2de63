import { readFileSync } from 'node:fs';

const SOURCE = 'libs/background-tasks/src/';

/** The wings of docs/architecture.md, from the top: a wing imports only from wings above its own. */
const WINGS = [
  'errors',
  'nest',
  'tasks',
  'options',
  'batch',
  'calls',
  'reports',
  'http',
  'messages',
  'graphql',
  'running',
  'shutdown',
  'handlers',
  'start-up',
  'module',
];

/** What is published; a spec beside its room, and what specs share, imports whatever it needs. */
const LIBRARY = { path: '^libs/', pathNot: '\\.(spec|contract)\\.ts$|^libs/background-tasks/page/' };

/** Every folder beside core/ is an entry point, but for what entry points share. */
const ENTRY = `^${SOURCE}(?!core/|durable/)([^/]+)/`;

checkDocument();

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...WINGS.map(onlyFromAbove),
    {
      name: 'every-file-in-a-wing',
      comment:
        'A file of core/ is in one of the WINGS; beside core/ there are the folders of entry points, and index.ts.',
      severity: 'error',
      from: {},
      // a rule on a file's dependents sees files that import nothing, too; 100 is the highest number allowed
      module: {
        path: LIBRARY.path,
        pathNot: [LIBRARY.pathNot, `^${SOURCE}(core/(${WINGS.join('|')})/|(?!core/)[^/]+/|index\\.ts$)`],
        numberOfDependentsLessThan: 100,
      },
    },
    {
      name: 'core-knows-no-entry',
      comment: 'An import of the library loads none of its further entry points.',
      severity: 'error',
      from: { path: `^${SOURCE}(core/|index\\.ts$)`, pathNot: LIBRARY.pathNot },
      to: { path: `^${SOURCE}(?!core/)` },
    },
    {
      name: 'entries-are-apart',
      comment: 'An entry point imports core/, what the engines share, and itself.',
      severity: 'error',
      from: { path: ENTRY, pathNot: LIBRARY.pathNot },
      to: { path: `^${SOURCE}`, pathNot: [`^${SOURCE}(core|durable)/`, `^${SOURCE}$1/`] },
    },
    {
      name: 'durable-knows-core-only',
      comment: 'What the engines share knows none of them.',
      severity: 'error',
      from: { path: `^${SOURCE}durable/`, pathNot: LIBRARY.pathNot },
      to: { path: `^${SOURCE}`, pathNot: `^${SOURCE}(core|durable)/` },
    },
    {
      name: 'no-cycle',
      comment: 'Imports go one way, those of types included.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-private-part-of-nest',
      comment: 'Only what Nest exports by its front door stays as it is from version to version.',
      severity: 'error',
      from: LIBRARY,
      to: { path: '(^|/)@nestjs/(common|core)/(?!index\\.(d\\.ts|js)$)' },
    },
    {
      name: 'no-platform',
      comment: 'The library knows platforms by shape: none of them has to be installed.',
      severity: 'error',
      from: LIBRARY,
      to: { path: '(^|/)(express|fastify|middie|@fastify/[^/]+|@nestjs/platform-[^/]+|@types/express)(/|$)' },
    },
    {
      name: 'no-further-package',
      comment: 'What the library imports is a peer dependency of everybody who installs it.',
      severity: 'error',
      from: LIBRARY,
      to: {
        dependencyTypesNot: ['core', 'local', 'localmodule', 'aliased'],
        pathNot:
          '(^|/)node_modules/(@nestjs/common|@nestjs/core|rxjs|reflect-metadata|p-retry|piscina|bullmq|pg-boss|pg|@types/pg|@opentelemetry/api)/',
      },
    },
    {
      name: 'p-retry-for-retries-only',
      comment: 'Its options are those of tasks; it is loaded when a task with retries runs, and not before.',
      severity: 'error',
      from: { ...LIBRARY, pathNot: [LIBRARY.pathNot, `^${SOURCE}core/(running|tasks)/`] },
      to: { path: '(^|/)node_modules/p-retry/' },
    },
    {
      name: 'piscina-behind-its-own-door',
      comment: 'It is an optional peer: the other entry points work without it.',
      severity: 'error',
      from: { ...LIBRARY, pathNot: [LIBRARY.pathNot, `^${SOURCE}piscina/`] },
      to: { path: '(^|/)node_modules/piscina/' },
    },
    {
      name: 'bullmq-behind-its-own-door',
      comment: 'It is an optional peer, and loads the drivers of Redis and PostgreSQL by itself.',
      severity: 'error',
      from: { ...LIBRARY, pathNot: [LIBRARY.pathNot, `^${SOURCE}bullmq/`] },
      to: { path: '(^|/)node_modules/bullmq/' },
    },
    {
      name: 'pg-boss-behind-its-own-door',
      comment: 'It is an optional peer, and so is pg: the other entry points work without them.',
      severity: 'error',
      from: { ...LIBRARY, pathNot: [LIBRARY.pathNot, `^${SOURCE}pg-boss/`] },
      to: { path: '(^|/)node_modules/(pg-boss|pg|@types/pg)/' },
    },
    {
      name: 'opentelemetry-behind-its-own-door',
      comment: 'Its API is an optional peer, and no SDK is one: whoever wants spans registers theirs.',
      severity: 'error',
      from: { ...LIBRARY, pathNot: [LIBRARY.pathNot, `^${SOURCE}opentelemetry/`] },
      to: { path: '(^|/)node_modules/@opentelemetry/' },
    },
    {
      name: 'no-way-out-of-the-library',
      comment: 'The library is published alone: applications and tests import it, never the other way round.',
      severity: 'error',
      from: LIBRARY,
      to: { path: '^(apps|test|bench|soak|scripts|compat)/' },
    },
    {
      name: 'only-by-the-door',
      comment: 'Applications use the library as its users do.',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: `^${SOURCE}`, pathNot: [`^${SOURCE}index\\.ts$`, `^${SOURCE}[^/]+/index\\.ts$`] },
    },
    {
      name: 'the-page-is-apart',
      comment: 'It runs in a browser: of the library it knows what it is told, as types, and Preact is built into it.',
      severity: 'error',
      from: { path: '^libs/background-tasks/page/' },
      to: {
        pathNot: `^libs/background-tasks/page/|^${SOURCE}inspector/view\\.ts$|(^|/)node_modules/(@preact/signals|preact)/`,
      },
    },
    {
      name: 'only-tests-look-into-the-page',
      comment: 'The library has it as a module that is generated.',
      severity: 'error',
      from: { pathNot: '^(libs/background-tasks/page|test)/' },
      to: { path: '^libs/background-tasks/page/' },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^libs/[^/]+/dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};

function onlyFromAbove(wing, row) {
  return {
    name: `above: ${wing}`,
    comment: 'A wing imports only from the wings above its own in docs/architecture.md.',
    severity: 'error',
    from: { path: `^${SOURCE}core/${wing}/`, pathNot: LIBRARY.pathNot },
    to: { path: `^${SOURCE}`, pathNot: `^${SOURCE}core/(${[...WINGS.slice(0, row), wing].join('|')})/` },
  };
}

function checkDocument() {
  const architecture = readFileSync(new URL('docs/architecture.md', import.meta.url), 'utf8');
  const documented = Array.from(architecture.matchAll(/^\| `([\w-]+)\/`/gm), ([, wing]) => wing);
  if (documented.join() !== WINGS.join()) {
    throw new Error(
      'The wings in docs/architecture.md and in .dependency-cruiser.mjs differ: make them the same, in the same order.',
    );
  }
}
