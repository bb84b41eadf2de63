import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compileFile, compileLibrary, newDirectory } from '../harness/program.js';
import type { CrashOptions, Happened, Told } from './happened.js';

/** Where the worker's program is, compiled. */
export class Workshop {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async build(): Promise<Workshop> {
    const directory = await newDirectory();
    await compileLibrary(join(directory, 'libs/background-tasks/src'));
    const here = dirname(fileURLToPath(import.meta.url));
    for (const name of ['worker', 'engines']) {
      await compileFile(join(here, `${name}.ts`), join(directory, `test/crash/${name}.js`));
    }
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    return new Workshop(directory);
  }

  get program(): string {
    return join(this.#directory, 'test/crash/worker.js');
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Worker processes, and what they have told. */
export class Crew {
  readonly told: Told[] = [];
  /** Those that were killed, and when. */
  readonly killed = new Map<number, number>();
  readonly #program: string;
  readonly #options: CrashOptions;
  readonly #processes: ChildProcess[] = [];
  readonly #listeners = new Set<(told: Told) => void>();

  constructor(workshop: Workshop, options: CrashOptions) {
    this.#program = workshop.program;
    this.#options = options;
  }

  hire(): void {
    const by = this.#processes.length;
    const started = spawn(process.execPath, [this.#program, JSON.stringify(this.#options)]);
    this.#processes.push(started);
    createInterface({ input: started.stdout }).on('line', (line) => {
      const told = { ...(JSON.parse(line) as Happened), by };
      this.told.push(told);
      for (const listener of this.#listeners) listener(told);
    });
    started.stderr.on('data', (chunk: Buffer) => this.killed.has(by) || process.stderr.write(chunk));
  }

  /** Resolves to the first thing told from now on that is like `wanted`. */
  next(wanted: (told: Told) => boolean): Promise<Told> {
    return new Promise((resolve) => {
      const listener = (told: Told): void => {
        if (!wanted(told)) return;
        this.#listeners.delete(listener);
        resolve(told);
      };
      this.#listeners.add(listener);
    });
  }

  async kill(by: number): Promise<void> {
    const killed = this.#processes[by];
    this.killed.set(by, Date.now());
    killed?.kill('SIGKILL');
    if (killed !== undefined && killed.exitCode === null && killed.signalCode === null) await once(killed, 'exit');
  }

  /** Has it stand still, as a blocked event loop does. */
  freeze(by: number): void {
    this.#processes[by]?.kill('SIGSTOP');
  }

  thaw(by: number): void {
    this.#processes[by]?.kill('SIGCONT');
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#processes.map((_, by) => this.kill(by)));
  }

  /** Milliseconds from each kill until another worker began again with what the killed one was at. */
  recoveries(): number[] {
    return [...this.killed].flatMap(([by, at]) => {
      const ids = new Set(this.told.filter((told) => told.by === by).map(({ id }) => id));
      return [...ids].flatMap((id) => {
        const latest = this.told.findLast((told) => told.id === id && told.at <= at);
        const next = this.told.find((told) => told.id === id && told.at > at && told.by !== by);
        return latest?.by === by && next !== undefined ? [next.at - at] : [];
      });
    });
  }
}
