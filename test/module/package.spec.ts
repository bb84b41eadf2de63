import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ANSWERED, cache, NAMES, Packed, run, workspace, writePages } from './package/packed.js';

// unpacked where it finds the packages of this workspace; installed.spec.ts has npm install it

/** Milliseconds to build and to pack, on a machine that may be busy. */
const PACKING = 120_000;

let packed: Packed;

beforeAll(async () => {
  packed = await Packed.pack(cache);
  await packed.unpack('nest-12');
}, PACKING);

afterAll(() => packed.remove());

describe('the packed library', () => {
  it('holds the build with its types, the pages and the licence, and nothing else', async () => {
    const files = await readdir(packed.installed('nest-12'));
    expect(files.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'package.json']);
    const built = await readdir(join(packed.installed('nest-12'), 'dist'), { recursive: true });
    expect(built).toEqual(expect.arrayContaining(['index.js', 'index.d.ts']));
    expect(built.filter((file) => /\.spec\.|\.map$/.test(file))).toEqual([]);
  });

  it('runs tasks after the response in an application', async () => {
    const output = await run(join(packed.directory, 'nest-12'), process.execPath, 'nest-12.mjs');
    expect(output.trim().split('\n')).toEqual(ANSWERED);
  });

  it.each(['entries.mjs', 'entries.cjs'])('has all its entries: %s', async (program) => {
    const entries = await packed.entries();
    const output = await run(join(packed.directory, 'nest-12'), process.execPath, program, ...entries);
    expect(JSON.parse(output)).toMatchObject(NAMES);
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
    const dead = ['docs/nowhere.md', 'docs/which-way.md#nowhere', '#nowhere', '../README.md', 'docs', 'apps/x'];
    await writeFile(join(folder, 'README.md'), [readme, ...dead.map((link) => `[dead](${link})`)].join('\n'));
    const message = dead.map((link) => `README.md: ${link} leads nowhere\n`).join('');
    await expect(checkLinks()).rejects.toThrow(`failed:\n${message}`);
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
