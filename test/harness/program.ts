import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Options, transformFile } from '@swc/core';
import { Timeline } from './timeline.js';

const workspace = fileURLToPath(new URL('../..', import.meta.url));
const options: Options = {
  swcrc: false,
  module: { type: 'es6' },
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
};

/** A file and the library, compiled to where they find the packages that the tests use, to run in a process of its own. */
export class Program {
  readonly #directory: string;
  readonly #started: ChildProcess[] = [];

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Compiles `file`, a path in this workspace that imports nothing beside it.
   *
   * `others` are the packages that it finds under another's name.
   */
  static async compile(file: string, others: Readonly<Record<string, string>> = {}): Promise<Program> {
    const directory = await newDirectory();
    const packages = join(directory, 'node_modules');
    await compileLibrary(join(packages, 'nestjs-background-tasks'));
    const links = Object.entries(others).map(([name, other]) =>
      symlink(join(directory, '../..', other), join(packages, name)),
    );
    await Promise.all(links);
    await compileFile(join(workspace, file), join(directory, 'child.js'));
    await writeFile(join(directory, 'package.json'), MANIFEST);
    return new Program(directory);
  }

  /** Starts it; resolves when it has sent the port on which it listens. */
  async start(...args: string[]): Promise<Child> {
    const child = this.launch(args);
    await child.output.until('it listens');
    return child;
  }

  /** Starts it, with options for Node; whether it ever listens is another matter. */
  launch(args: readonly string[], execArgv: string[] = []): Child {
    const started = fork(join(this.#directory, 'child.js'), args, { silent: true, execArgv });
    this.#started.push(started);
    return new Child(started);
  }

  /** Ends what a failed test has left running, and removes all files. */
  async remove(): Promise<void> {
    this.#started.forEach((process) => process.kill('SIGKILL'));
    await rm(this.#directory, { recursive: true, force: true });
  }
}

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The program while it runs. */
export class Child {
  /** The lines it has printed on its standard output. */
  readonly output = new Timeline();
  /** The lines it has printed on its standard error. */
  readonly errors: string[] = [];
  /** Is told each line of its standard output. */
  onLine: (line: string) => void = () => undefined;
  /** Resolves to how it ended, once all that it printed is known. */
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcess;
  #port = 0;

  constructor(process: ChildProcess) {
    this.#process = process;
    this.ended = once(process, 'close').then(([code, signal]) => ({ code, signal }));
    process.once('message', (port: number) => {
      this.#port = port;
      this.output.mark('it listens');
    });
    lines(process.stdout, (line) => {
      this.output.mark(line);
      this.onLine(line);
    });
    lines(process.stderr, (line) => this.errors.push(line));
  }

  get port(): number {
    return this.#port;
  }

  tell(what: string): void {
    this.#process.send(what);
  }

  /** Sends it a signal; resolves to how it ended, once all that it printed is known. */
  terminate(by: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.#process.kill(by);
    return this.ended;
  }
}

function lines(stream: Readable | null, take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', take);
}

const MANIFEST = JSON.stringify({ type: 'module', exports: { '.': './index.js', './*': './*/index.js' } });

/** A new directory from which the packages that the tests use are found. */
export async function newDirectory(): Promise<string> {
  const nest = createRequire(import.meta.url).resolve('@nestjs/core');
  const cache = join(nest.slice(0, nest.lastIndexOf('node_modules')), 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  return mkdtemp(join(cache, 'program-'));
}

/** The library, compiled to `target`. */
export async function compileLibrary(target: string): Promise<void> {
  const source = join(workspace, 'libs/background-tasks/src');
  const files = (await readdir(source, { recursive: true })).filter((file) => /(?<!\.(spec|contract))\.ts$/.test(file));
  await Promise.all(files.map((file) => compileFile(join(source, file), join(target, file.replace(/ts$/, 'js')))));
  await writeFile(join(target, 'package.json'), MANIFEST);
}

/** One file, compiled to `target`. */
export async function compileFile(source: string, target: string): Promise<void> {
  const { code } = await transformFile(source, options);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}
