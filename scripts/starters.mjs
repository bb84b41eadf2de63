/**
 * Tries the packed library in the projects that `nest new` makes, with the newest Nest 11 and 12 and with all that they
 * ask for: its tests, its build, and its start. What is put into them is in scripts/starters.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify, isDeepStrictEqual } from 'node:util';

const root = join(import.meta.dirname, '..');
const directory = mkdtempSync(join(tmpdir(), 'starters-'));

const STARTERS = [
  { name: 'nest-11', cli: '@nestjs/cli@11', isModule: false },
  { name: 'nest-12', cli: '@nestjs/cli@12', isModule: true },
];

try {
  await run(root, 'npm', 'pack', '--silent', '--pack-destination', directory, './libs/background-tasks');
  const tarball = join(directory, readdirSync(directory)[0]);
  await Promise.all(STARTERS.map((starter) => tryStarter(starter, tarball)));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function tryStarter(starter, tarball) {
  const project = join(directory, starter.name);
  await run(directory, 'npx', '--yes', starter.cli, 'new', starter.name, '--skip-install', '--skip-git', '-p', 'npm');
  compareSettings(starter, project);
  prepare(starter, project);
  await run(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball, 'piscina@5');
  await run(project, 'npm', 'test');
  await run(project, 'npm', 'run', 'test:e2e');
  await build(project);
  await tryStart(project);
  console.log(`${starter.name}: tests, build and start as they should be`);
}

/** What test/module/installed.spec.ts compiles with is what the CLI makes. */
function compareSettings({ name }, project) {
  const [kept, made] = [join(root, `test/module/package/${name}.tsconfig.json`), join(project, 'tsconfig.json')].map(
    read,
  );
  if (!isDeepStrictEqual(kept, made)) throw new Error(`Copy the tsconfig.json of ${name}'s starter: it has changed.`);
}

function prepare({ name, isModule }, project) {
  for (const folder of ['src', `${name}/src`])
    cpSync(join(root, 'scripts/starters', folder), join(project, 'src'), { recursive: true });
  if (isModule) return;
  for (const file of readdirSync(join(project, 'src')).filter((each) => each.endsWith('.ts'))) {
    const path = join(project, 'src', file);
    // in CommonJS, the starter writes imports without endings
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from '(?:\.\/|supertest\/)[^']+)\.js'/g, "$1'"));
  }
  const patterns = patternsOfReadme();
  change(join(project, 'package.json'), ({ jest, ...rest }) => ({ ...rest, jest: { ...jest, ...patterns } }));
  change(join(project, 'test/jest-e2e.json'), (settings) => ({ ...settings, ...patterns }));
}

/** What the README tells users of jest in CommonJS to write. */
function patternsOfReadme() {
  const [, pattern] = /transformIgnorePatterns: \['([^']+)'\]/.exec(readFileSync(join(root, 'README.md'), 'utf8'));
  return { transformIgnorePatterns: [pattern] };
}

/** A worker that is JavaScript is left behind, unless it is among the assets: docs/recipes/worker-threads.md says so. */
async function build(project) {
  const worker = join(project, 'dist/write-report.mjs');
  await run(project, 'npm', 'run', 'build');
  if (existsSync(worker)) throw new Error('nest build no longer leaves a worker behind: correct the recipe.');
  change(join(project, 'nest-cli.json'), ({ compilerOptions, ...rest }) => ({
    ...rest,
    compilerOptions: { ...compilerOptions, assets: ['**/*.mjs'] },
  }));
  await run(project, 'npm', 'run', 'build');
  if (!existsSync(worker)) throw new Error('nest build leaves a worker behind that is among the assets.');
}

/** As `npm run start:prod` does, which a signal would not reach through npm. */
async function tryStart(project) {
  const lines = [];
  const started = spawn(process.execPath, ['dist/main'], { cwd: project, env: { ...process.env, NO_COLOR: '1' } });
  const output = createInterface({ input: started.stdout });
  started.stderr.on('data', (data) => lines.push(String(data)));
  const closed = once(started, 'close');
  const address = new Promise((resolve, reject) => {
    output.on('line', (line) => {
      lines.push(line);
      const [, url] = /^listens at (.*)$/.exec(line) ?? [];
      if (url !== undefined) resolve(url.replace('[::1]', 'localhost'));
    });
    void closed.then(() => reject(new Error(`It does not start:\n${lines.join('\n')}`)));
  });
  const url = await address;
  const report = join(project, 'report.csv');
  await post(`${url}/signup`, { email: 'ada@example.org' });
  await post(`${url}/reports`, { path: report, rows: [{ name: 'Ada', total: 1 }] });
  started.kill('SIGTERM');
  await closed;
  for (const line of ['welcome, ada@example.org', 'the report is there']) {
    if (!lines.includes(line)) throw new Error(`It did not print "${line}" before it ended:\n${lines.join('\n')}`);
  }
  if (readFileSync(report, 'utf8') !== 'Ada;1\n') throw new Error('The worker has written something else.');
}

async function post(url, body) {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.status !== 201) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function change(path, edit) {
  writeFileSync(path, JSON.stringify(edit(read(path)), undefined, 2));
}

/** Prints what a command has printed only if that fails. */
async function run(cwd, command, ...args) {
  try {
    await promisify(execFile)(command, args, { cwd, env: { ...process.env, CI: 'true' }, maxBuffer: 2 ** 26 });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')} failed:\n${error.stdout}${error.stderr}`, { cause: error });
  }
}
