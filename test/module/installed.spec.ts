import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { prepareConsumer } from './package/consumer.js';
import { answerAndTerminate, completeExample } from './package/example.js';
import { ANSWERED, NAMES, Packed, readJson, run, runTypeScript, workspace } from './package/packed.js';

// `npm test` leaves it to `npm run test:package`: it installs two applications, and compiles eight projects

// on a machine that may have to download Nest first
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

describe('the installed library', () => {
  it.each([
    ['Nest 12 by import', 'nest-12', 'nest-12.mjs'],
    ['Nest 11 by require', 'nest-11', 'nest-11.cjs'],
  ])('runs tasks after the response in an application of %s', async (_, application, program) => {
    const output = await run(join(packed.directory, application), process.execPath, program);
    expect(output.trim().split('\n')).toEqual(ANSWERED);
  });

  it.each([
    ['Nest 12 by import', 'nest-12', 'entries.mjs'],
    ['Nest 12 by require', 'nest-12', 'entries.cjs'],
    ['Nest 11 by require', 'nest-11', 'entries.cjs'],
  ])('has all its entries beside %s', async (_, application, program) => {
    const output = await run(join(packed.directory, application), process.execPath, program, ...entries);
    expect(JSON.parse(output)).toMatchObject(NAMES);
  });

  it.each([
    ['Nest 12, without Fastify', 'nest-12', ['on-express.ts'], []],
    ['Nest 11, with Fastify', 'nest-11', ['on-express.ts', 'on-fastify.ts'], ['fastify']],
  ])('brings types that compile on %s', async (_, application, files, platforms) => {
    const consumer = await prepareConsumer(packed, application, files, platforms);
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
    ['5', 'nest-11'],
    ['6', undefined],
  ])('by TypeScript %s, with each way to find modules', async (_, installedIn) => {
    const application = join(packed.directory, 'nest-11');
    const compiler = join(installedIn === undefined ? workspace : application, 'node_modules/typescript');
    const found = await run(application, process.execPath, 'resolve-types.cjs', compiler, ...entries);
    const each = Object.entries(JSON.parse(found) as Record<string, object>);
    expect(each.map(([settings]) => settings)).toEqual([
      'module nodenext, moduleResolution nodenext, from CommonJS',
      'module nodenext, moduleResolution nodenext, from ESNext',
      'module node16, moduleResolution node16, from ESNext',
      'module esnext, moduleResolution bundler, from ESNext',
      'module commonjs, moduleResolution node10, from CommonJS',
    ]);
    const types = Object.fromEntries(entries.map((entry) => [entry, join('dist', entry, 'index.d.ts')]));
    expect(types).toMatchObject({ './testing': 'dist/testing/index.d.ts', './piscina': 'dist/piscina/index.d.ts' });
    for (const [settings, files] of each) expect([settings, files]).toEqual([settings, types]);
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

/** TypeScript 5, which was installed beside Nest 11. */
function compile5(folder: string, ...args: string[]): Promise<string> {
  const compiler = join(packed.directory, 'nest-11/node_modules/typescript/bin/tsc');
  return run(folder, process.execPath, compiler, ...args);
}
