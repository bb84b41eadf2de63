import { type Child, Program } from '../harness/program.js';
import { faults, type Happened, recoveries, type Told } from './happened.js';
import type { EngineChoice } from './store.js';

/** What the processes of an application are told, beside their engine. */
export interface MemberSettings {
  readonly platform: 'Express' | 'Fastify';
  /** Milliseconds that a step takes. */
  readonly step: number;
  /** Milliseconds that a blocking one stops its event loop for. */
  readonly block: number;
  readonly shutdownTimeout: number;
  /** Options of the engine's module. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Options of Node. */
  readonly execArgv: string[];
}

const DEFAULTS: MemberSettings = {
  platform: 'Express',
  step: 300,
  block: 20_000,
  shutdownTimeout: 5000,
  options: {},
  execArgv: [],
};

/** One process of an application. */
export interface Member {
  readonly by: number;
  readonly child: Child;
  readonly port: number;
}

/** What a process says of itself, with the numbers that it has measured. */
export interface Said {
  readonly what: string;
  readonly by: number;
  readonly ms?: number;
  readonly bytes?: number;
  readonly why?: string;
}

/** The processes of one application, and what they have told. */
export class Crew {
  readonly told: Told[] = [];
  readonly said: Said[] = [];
  /** Those that were killed, and when. */
  readonly killed = new Map<number, number>();
  readonly #program: Program;
  readonly #engine: EngineChoice;
  readonly #settings: MemberSettings;
  readonly #children: Child[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(program: Program, engine: EngineChoice, settings: Partial<MemberSettings> = {}) {
    this.#program = program;
    this.#engine = engine;
    this.#settings = { ...DEFAULTS, ...settings };
  }

  get queue(): string {
    return this.#engine.options.queue;
  }

  /** A process that serves, and runs nothing. */
  serve(settings: Partial<MemberSettings> = {}): Promise<Member> {
    return this.#listening(this.launch(true, settings));
  }

  /** One that serves nothing, and runs what is stored. */
  work(settings: Partial<MemberSettings> = {}): Promise<Member> {
    return this.#listening(this.launch(false, settings));
  }

  /** One that may never get to work. */
  launch(serves: boolean, settings: Partial<MemberSettings> = {}): Omit<Member, 'port'> {
    const { execArgv, ...own } = { ...this.#settings, ...settings };
    const options = { ...this.#engine.options, ...this.#settings.options, ...settings.options };
    const argument = JSON.stringify({ ...own, serves, system: this.#engine.system, options });
    const child = this.#program.launch([argument], execArgv);
    const by = this.#children.push(child) - 1;
    child.onLine = (line) => this.#heard(line, by);
    return { by, child };
  }

  /** Resolves once what has happened is such that `isSo`. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#listeners.add(resolve);
      });
    }
  }

  /** Resolves to the first thing told from now on that is like `wanted`. */
  async next(wanted: (told: Told) => boolean): Promise<Told> {
    const begin = this.told.length;
    let found: Told | undefined;
    await this.until(() => (found = this.told.slice(begin).find(wanted)) !== undefined);
    return found as Told;
  }

  /** Resolves to the first thing that `by` says of itself like `what`, since it began or has been asked. */
  async hear(by: number, what: string, since = 0): Promise<Said> {
    let found: Said | undefined;
    const isIt = (each: Said): boolean => each.by === by && each.what === what;
    await this.until(() => (found = this.said.slice(since).find(isIt)) !== undefined);
    return found as Said;
  }

  async kill(by: number): Promise<void> {
    if (this.killed.has(by)) return;
    this.killed.set(by, Date.now());
    await this.#children[by]?.terminate('SIGKILL');
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#children.map((_, by) => this.kill(by)));
  }

  /** What was told of one batch, in order. */
  of(name: string): Told[] {
    return this.told.filter((told) => told.name === name).toSorted((a, b) => a.at - b.at);
  }

  /** What is wrong with what became of these batches, and of all others that ran. */
  faults(names: readonly string[] = []): string[] {
    const all = new Set([...names, ...this.told.map(({ name }) => name)]);
    return [...all].flatMap((name) => faults(this.of(name), this.killed));
  }

  recoveries(): number[] {
    return recoveries(this.told, this.killed);
  }

  async #listening({ by, child }: Omit<Member, 'port'>): Promise<Member> {
    const early = child.ended.then(() => Promise.reject(new Error(`It ended: ${child.errors.join('\n')}`)));
    await Promise.race([child.output.until('it listens'), early]);
    return { by, child, port: child.port };
  }

  #heard(line: string, by: number): void {
    const heard = { ...(JSON.parse(line) as Happened), by };
    if ('step' in heard) this.told.push(heard);
    else this.said.push(heard);
    for (const listener of this.#listeners) {
      this.#listeners.delete(listener);
      listener();
    }
  }
}
