import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

// it compiles, packs and installs, on a machine that may have to download Nest first
jest.setTimeout(180_000);

const workspace = fileURLToPath(new URL('../..', import.meta.url));
const library = join(workspace, 'libs/background-tasks');
let directory: string;
let tarball: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nestjs-background-tasks-'));
  tarball = await pack();
  await Promise.all([install('nest-12', workspace), install('nest-11', join(workspace, 'compat/nest-11'))]);
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the packed library', () => {
  it('holds the build with its types, the README and the licence, and nothing else', async () => {
    const files = await readdir(installed('nest-12'));
    expect(files.toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const built = await readdir(join(installed('nest-12'), 'dist'), { recursive: true });
    expect(built).toEqual(expect.arrayContaining(['index.js', 'index.d.ts']));
    expect(built.filter((file) => /\.spec\.|\.map$/.test(file))).toEqual([]);
  });

  it.each([
    ['Nest 12 by import', 'nest-12', 'nest-12.mjs'],
    ['Nest 11 by require', 'nest-11', 'nest-11.cjs'],
  ])('runs tasks after the response in an application of %s', async (_, application, program) => {
    const output = await run(join(directory, application), process.execPath, program);
    expect(output.trim().split('\n')).toEqual([
      'the response was sent',
      'the first task ran',
      'the second task ran',
      'the third task ran',
      '201 signed up',
    ]);
  });

  it.each([
    ['Nest 12, without Fastify', 'nest-12', ['on-express.ts'], []],
    ['Nest 11, with Fastify', 'nest-11', ['on-express.ts', 'on-fastify.ts'], ['fastify']],
  ])('brings types that compile on %s', async (_, application, files, platforms) => {
    const consumer = await prepareConsumer(application, files, platforms);
    expect(await run(consumer, process.execPath, join(workspace, 'node_modules/typescript/bin/tsc'))).toBe('');
  });
});

/** Builds away from the source tree, so that nothing depends on what was built before. */
async function pack(): Promise<string> {
  const source = join(directory, 'package');
  const configuration = join(library, 'tsconfig.lib.json');
  const tsc = join(workspace, 'node_modules/typescript/bin/tsc');
  await run(workspace, process.execPath, tsc, '-p', configuration, '--outDir', join(source, 'dist'));
  await cp(join(library, 'package.json'), join(source, 'package.json'));
  for (const file of ['README.md', 'LICENSE']) await cp(join(workspace, file), join(source, file));
  const name = await run(directory, 'npm', 'pack', '--silent', '--ignore-scripts', './package');
  return join(directory, name.trim());
}

/** Installs the tarball as a user does, beside the dependencies and the lock file of `from`. */
async function install(application: string, from: string): Promise<void> {
  const target = join(directory, application);
  await cp(join(workspace, 'test/module/package'), target, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) await cp(join(from, file), join(target, file));
  const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run(target, 'npm', 'install', '--omit=dev', ...quick, tarball);
}

function installed(application: string): string {
  return join(directory, application, 'node_modules/nestjs-background-tasks');
}

/** A package of its own that sees the installed library, what that needs, and of other packages only `platforms`. */
async function prepareConsumer(application: string, files: string[], platforms: string[]): Promise<string> {
  const consumer = join(directory, `consumer-${application}`);
  const modules = join(consumer, 'node_modules');
  await cp(installed(application), join(modules, 'nestjs-background-tasks'), { recursive: true });
  const types = ['@types/node', '@types/express'].map((name) => [name, workspace] as const);
  const peers = ['@nestjs/common', '@nestjs/core', 'rxjs', 'reflect-metadata', 'p-retry', ...platforms];
  for (const [name, from] of [...types, ...peers.map((peer) => [peer, join(directory, application)] as const)]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(from, 'node_modules', name), join(modules, name));
  }
  for (const file of files) await cp(join(workspace, 'test/module/package', file), join(consumer, file));
  await writeFile(join(consumer, 'package.json'), JSON.stringify({ type: 'module' }));
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
  };
  await writeFile(
    join(consumer, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: false }, files }),
  );
  return consumer;
}

/** What `command` printed; fails with all that it printed when it fails. */
async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
