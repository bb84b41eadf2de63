import { afterAll, beforeAll } from '@jest/globals';
import { Program } from '../harness/program.js';
import { whereThereIs } from '../harness/where-there-is.js';
import { Crew, type MemberSettings } from './crew.js';
import { type EngineKind, engines as all } from './engines.js';
import type { Address, Store } from './store.js';

/** More of them: `CRASH_ROUNDS=10 CRASH_BATCHES=50 npm test -s -- test/crash`. */
export const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 1);
export const BATCHES = Number(process.env['CRASH_BATCHES'] ?? 15);

/** An engine, its store, and the applications that one test starts on it. */
export class Stage {
  readonly kind: EngineKind;
  readonly #program: () => Program;
  readonly #crews: Crew[] = [];
  /** What goes on with all engines at once, where that mostly waits. */
  meanwhile: Promise<unknown> | undefined;
  #store?: Store;

  constructor(kind: EngineKind, program: () => Program) {
    this.kind = kind;
    this.#program = program;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error('It is not open.');
    return this.#store;
  }

  /** For a process that reaches the store by itself, whatever the others do. */
  get direct(): Pick<MemberSettings, 'options'> {
    return { options: { connection: this.store.choose().options['connection'] } };
  }

  async open(mayBeKilled: boolean): Promise<void> {
    this.#store = await this.kind.open(mayBeKilled);
  }

  /** The processes of an application on a queue of its own, which they reach by way of `address`. */
  crew(settings: Partial<MemberSettings> = {}, address?: Address): Crew {
    const crew = new Crew(this.#program(), this.store.choose(address), settings);
    this.#crews.push(crew);
    return crew;
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#crews.splice(0).map((crew) => crew.dismiss()));
  }

  async close(): Promise<void> {
    await this.dismiss();
    await this.#store?.close();
  }
}

/** With which engines something is tried, and whether their servers may be killed. */
interface Choice {
  readonly engines?: readonly EngineKind[];
  readonly mayBeKilled?: boolean;
  /** Begins with all of them at once, before the first test: each then waits for its own, in `meanwhile`. */
  readonly begin?: (stage: Stage) => Promise<unknown>;
}

/** Describes `what` happens with each engine that can be tested here. All are open before the first test. */
export function withEachEngine(what: string, describeIt: (stage: Stage) => void, choice: Choice = {}): void {
  const { engines = all, mayBeKilled = false, begin } = choice;
  let program: Program;
  const stages = engines.map((kind) => new Stage(kind, () => program));
  const here = stages.filter(({ kind }) => kind.absence === undefined);

  beforeAll(async () => {
    program = await Program.compile('test/crash/application/child.ts');
    await Promise.all(here.map((stage) => stage.open(mayBeKilled)));
    for (const stage of here) {
      stage.meanwhile = begin?.(stage);
      stage.meanwhile?.catch(() => undefined);
    }
  }, 60_000);

  afterAll(async () => {
    await Promise.all(here.map((stage) => stage.close()));
    await program.remove();
  });

  for (const stage of stages) {
    whereThereIs(stage.kind.absence, `${what}, with ${stage.kind.name},`, () => {
      describeIt(stage);
    });
  }
}

export function namesOf(count: number, prefix = 'batch'): string[] {
  return Array.from({ length: count }, (_, number) => `${prefix} ${number}`);
}

/** Runs `round` as often as is asked for; resolves to all that it has found. */
export async function rounds<T>(round: (number: number) => Promise<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for (let number = 0; number < ROUNDS; number++) found.push(...(await round(number)));
  return found;
}
