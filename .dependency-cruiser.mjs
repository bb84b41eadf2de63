import { readFileSync } from 'node:fs';

const SOURCE = 'libs/background-tasks/src/';

/** The rooms of docs/architecture.md, from the top: a file imports only from rows above its own. */
const ROOMS = [
  'background-tasks.errors.ts',
  'outcome.ts',
  'current-task.ts',
  'queue.ts',
  'roll.ts',
  'turnstile.ts',
  'task-options.ts',
  'background-task.ts',
  'background-tasks.ts',
  'task-interceptors.ts',
  'background-tasks.options.ts',
  'response-end.ts',
  'settling.ts',
  'current-request.ts',
  'batch.ts',
  'background-tasks.events.ts',
  'task-log.ts',
  'task-reports.ts',
  'attempt.ts',
  'retries.ts',
  'task-run.ts',
  'batch-run.ts',
  'reply.ts',
  'handler-call.ts',
  'own-call.ts',
  'open-batches.ts',
  'background-tasks.runner.ts',
  'drain.ts',
  'request-batch.ts',
  'request-call.ts',
  'resolver-call.ts',
  'request-runner.ts',
  'graphql-operation.ts',
  'request-tasks.ts',
  'response-background.ts',
  'platforms/',
  'tasks.decorator.ts',
  'background-tasks.interceptor.ts',
  'controllers.ts',
  'handler-parameters.ts',
  'subscriptions.ts',
  'dependants.ts',
  'durable-providers.ts',
  'gateways.ts',
  'interceptor-binding.ts',
  'use-background-tasks.decorator.ts',
  'default-scope.ts',
  'background-tasks-core.module.ts',
  'scope-modules.ts',
  'background-tasks.module-definition.ts',
  'background-tasks.module.ts',
  'index.ts',
  'testing/',
  'piscina/',
];

/** What is published; a spec beside its room imports whatever it needs. */
const LIBRARY = { path: '^libs/', pathNot: '\\.spec\\.ts$' };

checkDocument();

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...ROOMS.map(onlyFromAbove),
    {
      name: 'every-file-is-a-room',
      comment: 'A new file needs a row in docs/architecture.md and in ROOMS.',
      severity: 'error',
      from: {},
      // a rule on a file's dependents sees files that import nothing, too; 100 is the highest number allowed
      module: { ...LIBRARY, pathNot: [LIBRARY.pathNot, pathOf(ROOMS)], numberOfDependentsLessThan: 100 },
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
        pathNot: '(^|/)node_modules/(@nestjs/common|@nestjs/core|rxjs|reflect-metadata|p-retry|piscina)/',
      },
    },
    {
      name: 'p-retry-for-retries-only',
      comment: 'It is loaded when a task with retries runs, and not before.',
      severity: 'error',
      from: { ...LIBRARY, pathNot: [LIBRARY.pathNot, pathOf(['retries.ts', 'task-options.ts'])] },
      to: { path: '(^|/)node_modules/p-retry/' },
    },
    {
      name: 'piscina-behind-its-own-door',
      comment: 'It is an optional peer: the other entry points work without it.',
      severity: 'error',
      from: { ...LIBRARY, pathNot: [LIBRARY.pathNot, pathOf(['piscina/'])] },
      to: { path: '(^|/)node_modules/piscina/' },
    },
    {
      name: 'no-way-out-of-the-library',
      comment: 'The library is published alone: applications and tests import it, never the other way round.',
      severity: 'error',
      from: LIBRARY,
      to: { path: '^(apps|test|scripts|compat)/' },
    },
    {
      name: 'only-by-the-door',
      comment: 'Applications use the library as its users do.',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: `^${SOURCE}`, pathNot: `^${SOURCE}index\\.ts$` },
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

function onlyFromAbove(room, row) {
  const own = room.endsWith('/') ? [room] : [];
  return {
    name: `above: ${room}`,
    comment: 'A file imports only from the rows above its own in docs/architecture.md.',
    severity: 'error',
    from: { path: pathOf([room]) },
    to: { path: `^${SOURCE}`, pathNot: pathOf([...ROOMS.slice(0, row), ...own]) },
  };
}

/** A pattern for the files of `rooms`: of none, it matches nothing. */
function pathOf(rooms) {
  const paths = rooms.map((room) => (room.endsWith('/') ? room : `${room.replaceAll('.', '\\.')}$`));
  return `^${SOURCE}(${paths.join('|') || '(?!)'})`;
}

function checkDocument() {
  const rows = readFileSync(new URL('docs/architecture.md', import.meta.url), 'utf8').match(/^\| `.*$/gm) ?? [];
  const documented = rows.flatMap((row) => Array.from(row.split('|')[1].matchAll(/`([^`]+)`/g), ([, room]) => room));
  if (documented.join() !== ROOMS.join()) {
    throw new Error(
      'The rooms in docs/architecture.md and in .dependency-cruiser.mjs differ: make them the same, in the same order.',
    );
  }
}
