import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';

export const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const library = join(workspace, 'libs/background-tasks');
/** From a folder in it, one finds the packages of this workspace. */
export const cache = join(workspace, 'node_modules/.cache');

/** What users install beside the library: an entry needs it, or the compiler. */
const BESIDE = [
  'piscina@^5',
  'bullmq@^6.7',
  'pg-boss@^12.38',
  'pg@^8',
  '@opentelemetry/api@^1.9',
  '@types/node@^20',
  'typescript@~5.9',
];

/** What `answer-one-request.cjs` prints. */
export const ANSWERED: readonly string[] = [
  'the response was sent',
  'the first task ran',
  'the second task ran',
  'the third task ran',
  '1 task ran in a worker thread',
  '201 signed up',
];

/** What `entries.mjs` and `entries.cjs` print. */
export const NAMES = {
  '.': expect.arrayContaining(['BackgroundTasks', 'BackgroundTasksModule']),
  './testing': ['CapturingRunner'],
  './piscina': ['PiscinaTasksModule', 'WorkerTask'],
  './bullmq': ['BullMqTasksModule'],
  './pg-boss': ['PgBossTasksModule'],
  './opentelemetry': ['OpenTelemetryInterceptor'],
  './inspector': ['InspectorModule', 'onlyThisMachine'],
};

/** The library, packed, and applications that have installed it as users do. */
export class Packed {
  /** Everything is below it. */
  readonly directory: string;
  readonly #tarball: string;

  private constructor(directory: string, tarball: string) {
    this.directory = directory;
    this.#tarball = tarball;
  }

  /**
   * Builds away from the source tree, so that nothing depends on what was built before, in a new folder of `parent`. The
   * types are checked by `npm run build`.
   */
  static async pack(parent: string = tmpdir()): Promise<Packed> {
    await mkdir(parent, { recursive: true });
    const directory = await mkdtemp(join(parent, 'nestjs-background-tasks-'));
    const source = join(directory, 'package');
    const settings = ['-p', join(library, 'tsconfig.lib.json'), '--noCheck'];
    await runTypeScript(workspace, ...settings, '--outDir', join(source, 'dist'));
    await cp(join(library, 'package.json'), join(source, 'package.json'));
    await writePages(source);
    const name = await run(directory, 'npm', 'pack', '--silent', '--ignore-scripts', './package');
    return new Packed(directory, join(directory, name.trim()));
  }

  /** Has what npm would put there, and nothing else: all other packages are found from where the folder is. */
  async unpack(application: string): Promise<void> {
    const target = this.installed(application);
    await cp(join(workspace, 'test/module/package'), join(this.directory, application), { recursive: true });
    await mkdir(target, { recursive: true });
    await run(target, 'tar', '-xzf', this.#tarball, '--strip-components=1');
  }

  /** Installs the tarball beside the dependencies and the lock file of `from`. */
  async install(application: string, from: string): Promise<void> {
    const target = join(this.directory, application);
    await cp(join(workspace, 'test/module/package'), target, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) await cp(join(from, file), join(target, file));
    const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run(target, 'npm', 'install', '--omit=dev', ...quick, this.#tarball, ...BESIDE);
  }

  /** The entries of the library that have types: `.`, `./testing`, and so on. */
  async entries(): Promise<string[]> {
    const { exports } = (await readJson(join(library, 'package.json'))) as {
      exports: Record<string, { types?: string }>;
    };
    return Object.keys(exports).filter((entry) => exports[entry]?.types !== undefined);
  }

  /** The library in `application`. */
  installed(application: string): string {
    return join(this.directory, application, 'node_modules/nestjs-background-tasks');
  }

  /** A folder in `application` with these files, and the name of the folder as it is there. */
  async folderIn(application: string, name: string, files: Readonly<Record<string, string | object>>): Promise<string> {
    const folder = join(this.directory, application, name);
    for (const [file, content] of Object.entries(files)) {
      await mkdir(join(folder, file, '..'), { recursive: true });
      await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return folder;
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

/** Puts the pages of this repository into the package in `folder`. */
export async function writePages(folder: string): Promise<void> {
  await run(workspace, process.execPath, 'scripts/pages.mjs', folder);
}

/** Runs the TypeScript of this workspace, or that of `application`. */
export function runTypeScript(cwd: string, ...args: string[]): Promise<string> {
  return run(cwd, process.execPath, join(workspace, 'node_modules/typescript/bin/tsc'), ...args);
}

/** What `command` printed; fails with all that it printed when it fails. */
export async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

export async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}
