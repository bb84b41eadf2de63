import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Timeline } from '../harness/timeline.js';
import { Packed, readJson, run, runTypeScript, workspace, writePages } from './package/packed.js';

// it compiles, packs and installs, on a machine that may have to download Nest first
jest.setTimeout(600_000);

let packed: Packed;
/** Those with types, as `exports` names them: `.` and `./testing` and so on. */
let entries: string[];

beforeAll(async () => {
  packed = await Packed.pack();
  entries = await packed.entries();
  await Promise.all([
    packed.install('nest-12', workspace),
    packed.install('nest-11', join(workspace, 'compat/nest-11')),
  ]);
});

afterAll(() => packed.remove());

describe('the packed library', () => {
  it('holds the build with its types, the pages and the licence, and nothing else', async () => {
    const files = await readdir(packed.installed('nest-12'));
    expect(files.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'package.json']);
    const built = await readdir(join(packed.installed('nest-12'), 'dist'), { recursive: true });
    expect(built).toEqual(expect.arrayContaining(['index.js', 'index.d.ts']));
    expect(built.filter((file) => /\.spec\.|\.map$/.test(file))).toEqual([]);
  });

  it.each([
    ['Nest 12 by import', 'nest-12', 'nest-12.mjs'],
    ['Nest 11 by require', 'nest-11', 'nest-11.cjs'],
  ])('runs tasks after the response in an application of %s', async (_, application, program) => {
    const output = await run(join(packed.directory, application), process.execPath, program);
    expect(output.trim().split('\n')).toEqual([
      'the response was sent',
      'the first task ran',
      'the second task ran',
      'the third task ran',
      '1 task ran in a worker thread',
      '201 signed up',
    ]);
  });

  it.each([
    ['Nest 12 by import', 'nest-12', 'entries.mjs'],
    ['Nest 12 by require', 'nest-12', 'entries.cjs'],
    ['Nest 11 by require', 'nest-11', 'entries.cjs'],
  ])('has all its entries beside %s', async (_, application, program) => {
    const output = await run(join(packed.directory, application), process.execPath, program, ...entries);
    expect(JSON.parse(output)).toMatchObject({
      '.': expect.arrayContaining(['BackgroundTasks', 'BackgroundTasksModule']),
      './testing': ['CapturingRunner'],
      './piscina': ['PiscinaTasksModule', 'WorkerTask'],
    });
  });

  it.each([
    ['Nest 12, without Fastify', 'nest-12', ['on-express.ts'], []],
    ['Nest 11, with Fastify', 'nest-11', ['on-express.ts', 'on-fastify.ts'], ['fastify']],
  ])('brings types that compile on %s', async (_, application, files, platforms) => {
    const consumer = await prepareConsumer(application, files, platforms);
    expect(await runTypeScript(consumer)).toBe('');
  });
});

describe('the types of all entries are found', () => {
  it('by TypeScript 5 and 6, with module commonjs', async () => {
    const folder = await prepareEntries('commonjs', 'commonjs', { module: 'commonjs', moduleResolution: 'node10' });
    // 6 wants to hear that one knows
    const compilers = [compile5(folder), runTypeScript(folder, '--ignoreDeprecations', '6.0')];
    expect(await Promise.all(compilers)).toEqual(['', '']);
  });

  it.each([
    ['nodenext', 'nodenext', 'CommonJS'],
    ['nodenext', 'nodenext', 'ESNext'],
    ['node16', 'node16', 'ESNext'],
    ['esnext', 'bundler', 'ESNext'],
    ['commonjs', 'node10', 'CommonJS'],
  ])('by TypeScript 5 and 6, with module %s and moduleResolution %s, from %s', async (...settings) => {
    const application = join(packed.directory, 'nest-11');
    for (const compiler of [application, workspace].map((from) => join(from, 'node_modules/typescript'))) {
      const found = await run(application, process.execPath, 'resolve-types.cjs', compiler, ...settings, ...entries);
      expect(found.trim().split('\n')).toEqual(
        expect.arrayContaining([
          'nestjs-background-tasks dist/index.d.ts',
          'nestjs-background-tasks/testing dist/testing/index.d.ts',
          'nestjs-background-tasks/piscina dist/piscina/index.d.ts',
        ]),
      );
      expect(found).not.toContain('undefined');
    }
  });

  it('but not with module node16 in CommonJS, which TypeScript does not allow', async () => {
    const folder = await prepareEntries('node16 in CommonJS', 'commonjs', { module: 'node16' });
    await expect(compile5(folder)).rejects.toThrow('error TS1479');
  });

  /** A project of its own in the application of Nest 11, as is each of these. */
  async function prepareEntries(name: string, type: string, settings: object): Promise<string> {
    const compilerOptions = { target: 'es2022', types: ['node'], strict: true, skipLibCheck: true, noEmit: true };
    const options = { ...compilerOptions, experimentalDecorators: true, ...settings };
    return packed.folderIn('nest-11', name.replaceAll(' ', '-'), {
      'package.json': { type },
      'tsconfig.json': { compilerOptions: options, files: ['entries.ts'] },
      'entries.ts': await readFile(join(workspace, 'test/module/package/entries.ts'), 'utf8'),
    });
  }
});

describe('the complete example of the README', () => {
  it.each([
    ["CommonJS, as in Nest 11's starter", 'nest-11', 'commonjs', compile5],
    ["an ES module, as in Nest 12's starter", 'nest-12', 'module', runTypeScript],
  ])('runs as %s, and ends its tasks before it ends', async (_, application, type, compile) => {
    const tsconfig = await readJson(join(workspace, `test/module/package/${application}.tsconfig.json`));
    const compilerOptions = {
      ...(tsconfig.compilerOptions as object),
      types: ['node'],
      rootDir: './src',
      incremental: false,
    };
    const folder = await packed.folderIn(application, 'example', {
      'package.json': { type },
      'tsconfig.json': { compilerOptions, include: ['src'] },
      'src/main.ts': await completeExample(),
    });
    expect(await compile(folder)).toBe('');
    const answer = await answerAndTerminate(folder, '../hold-mails.cjs');
    expect(answer).toEqual({
      response: '201 {"status":"signed up"}',
      printed: expect.arrayContaining(['welcome, ada@example.org']),
      signal: 'SIGTERM',
    });
  });
});

describe('the packed pages', () => {
  let folder: string;

  const checkLinks = (): Promise<string> => run(workspace, process.execPath, 'scripts/check-links.mjs', folder);

  const writeWith = async (manifest: object): Promise<string> => {
    folder = await packed.folderIn('nest-12', 'pages', { 'package.json': manifest });
    await writePages(folder);
    return readFile(join(folder, 'README.md'), 'utf8');
  };

  it('have links that lead to a file or a heading of the package', async () => {
    folder = packed.installed('nest-12');
    expect(await checkLinks()).toBe('');
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain('](docs/benchmarks.svg)');
  });

  it('have dead ones named', async () => {
    const readme = await writeWith({});
    for (const dead of ['docs/nowhere.md', 'docs/which-way.md#nowhere', '#nowhere', '../README.md', 'docs', 'apps/x']) {
      await writeFile(join(folder, 'README.md'), `${readme}\n[dead](${dead})\n`);
      await expect(checkLinks()).rejects.toThrow(`README.md: ${dead} leads nowhere`);
    }
  });

  it.each<[unknown]>([
    ['github:acme/tasks'],
    ['acme/tasks'],
    ['https://github.com/acme/tasks'],
    [{ type: 'git', url: 'git+https://github.com/acme/tasks.git', directory: 'libs/background-tasks' }],
    [{ type: 'git', url: 'git+ssh://git@github.com/acme/tasks.git' }],
  ])('have absolute links with %j as the repository', async (repository) => {
    const readme = await writeWith({ repository });
    const base = 'https://github.com/acme/tasks';
    expect(readme).toContain(`](${base}/raw/HEAD/docs/benchmarks.svg)`);
    expect(readme).toContain(`](${base}/blob/HEAD/docs/which-way.md#which-handlers-are-followed)`);
    expect(readme).toContain(`](${base}/tree/HEAD/apps/sample)`);
    const support = await readFile(join(folder, 'docs/support.md'), 'utf8');
    expect(support).toContain(`](${base}/blob/HEAD/test/batch/order.spec.ts)`);
    expect(`${readme}${support}`).not.toMatch(/\]\((?!https?:|#)/);
    expect(await checkLinks()).toBe('');
  });
});

/** TypeScript 5, which was installed beside Nest 11. */
function compile5(folder: string, ...args: string[]): Promise<string> {
  const compiler = join(packed.directory, 'nest-11/node_modules/typescript/bin/tsc');
  return run(folder, process.execPath, compiler, ...args);
}

/** The first block of code in its section. */
async function completeExample(): Promise<string> {
  const readme = await readFile(join(workspace, 'README.md'), 'utf8');
  const [, example] = /^## A complete example\n+```ts\n(.*?)^```$/ms.exec(readme) ?? [];
  if (example === undefined) throw new Error('There is no complete example in README.md.');
  return example;
}

/** Sends the example a request, and SIGTERM while its task runs: `preloaded` has that task wait for a message after it. */
async function answerAndTerminate(folder: string, preloaded: string) {
  const env = { ...process.env, PORT: '0', NO_COLOR: '1' };
  const example = spawn(process.execPath, ['--require', preloaded, 'dist/main.js'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = new Timeline();
  const streams = [
    [example.stdout, ''],
    [example.stderr, 'error '],
  ] as const;
  for (const [input, prefix] of streams) {
    if (input !== null) createInterface({ input }).on('line', (line) => output.mark(`${prefix}${line}`));
  }
  const closed = once(example, 'close') as Promise<[code: number | null, signal: string | null]>;
  const port = await Promise.race([output.first('port '), closed.then(() => output.events.join('\n'))]);
  const answer = await fetch(`http://127.0.0.1:${port}/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: '{"email":"ada@example.org"}',
  });
  const response = `${answer.status} ${await answer.text()}`;
  const before = output.events.length;
  example.kill('SIGTERM');
  // one that has ended hears of it no more, and says so
  example.send('go on', () => undefined);
  const [, signal] = await closed;
  return { response, printed: output.events.slice(before), signal };
}

/** A package of its own that sees the installed library, what that needs, and of other packages only `platforms`. */
async function prepareConsumer(application: string, files: string[], platforms: string[]): Promise<string> {
  const consumer = join(packed.directory, `consumer-${application}`);
  const modules = join(consumer, 'node_modules');
  await cp(packed.installed(application), join(modules, 'nestjs-background-tasks'), { recursive: true });
  const types = ['@types/node', '@types/express'].map((name) => [name, workspace] as const);
  const peers = ['@nestjs/common', '@nestjs/core', 'rxjs', 'reflect-metadata', 'p-retry', ...platforms];
  for (const [name, from] of [...types, ...peers.map((peer) => [peer, join(packed.directory, application)] as const)]) {
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
