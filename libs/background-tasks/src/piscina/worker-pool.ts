import { Piscina } from 'piscina';
import { wrongValue } from '../core/errors/wording.js';
import { HarmlessLogger } from '../core/reports/harmless-logger.js';

type PiscinaOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>;

/**
 * The options of [Piscina](https://piscinajs.github.io/piscina/), each with its default there.
 *
 * Without those that the tasks decide: `filename` is theirs, and each has its thread for itself.
 * `minThreads` is 1 or more.
 */
export type PiscinaTasksModuleOptions = Omit<PiscinaOptions, 'filename' | 'name' | 'concurrentTasksPerWorker'>;

/** Worker threads, and the tasks that wait for one of them. */
export class WorkerPool {
  static readonly #opened = new Set<WorkerPool>();
  static #default?: WorkerPool;

  readonly #logger = new HarmlessLogger();
  readonly #piscina: Piscina<unknown, unknown>;

  private constructor(options: PiscinaTasksModuleOptions) {
    this.#piscina = new Piscina(checked(options));
    this.#piscina.on('error', (error: unknown) => this.#threadFailed(error));
  }

  /** The pool opened last, or, as long as none is open, that of the process, which is never closed. */
  static get current(): WorkerPool {
    return [...this.#opened].at(-1) ?? (this.#default ??= new WorkerPool({}));
  }

  static open(options: PiscinaTasksModuleOptions): WorkerPool {
    const pool = new WorkerPool(options);
    this.#opened.add(pool);
    return pool;
  }

  /** Ends the threads, whatever they do. */
  async close(): Promise<void> {
    WorkerPool.#opened.delete(this);
    // a thread that a signal terminated may end later still, and then Piscina starts another in its place
    this.#piscina.on('workerCreate', () => void this.#piscina.destroy());
    await this.#piscina.destroy();
  }

  /** Calls the default export of `file` in a thread; rejects with what it throws, or why `signal` aborted. */
  async run(file: string, payload: unknown, signal: AbortSignal): Promise<void> {
    try {
      await this.#piscina.run(payload, { filename: file, signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  #threadFailed(error: unknown): void {
    this.#logger.failure('A worker thread ended by an error that belongs to no task: ', error);
    // where a thread fails before its first task, Piscina starts no other for the tasks that wait: they would hang
    if (this.#piscina.threads.length === 0) void this.#piscina.destroy();
  }
}

function checked({ minThreads, ...options }: PiscinaTasksModuleOptions): PiscinaOptions {
  // with 0, Piscina starts no thread for the tasks that wait when the last one was terminated
  if (minThreads !== undefined && !(minThreads >= 1)) throw wrongValue('minThreads', 'a number from 1', minThreads);
  // Piscina takes a field that is undefined for a value, not for the absence of one
  const given = Object.entries({ minThreads, ...options }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}
