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
interface Choice<Begun> {
  readonly engines?: readonly EngineKind[];
  readonly mayBeKilled?: boolean;
  /** Is called for all of them before the first test, as most of what they do is wait: a test then waits for its part. */
  readonly begin?: (stage: Stage) => Begun;
}

/** Describes `what` happens with each engine that can be tested here. All are open before the first test. */
export function withEachEngine<Begun extends Readonly<Record<string, Promise<unknown>>>>(
  what: string,
  describeIt: (stage: Stage, begun: <Part extends keyof Begun>(part: Part) => Begun[Part]) => void,
  choice: Choice<Begun> = {},
): void {
  const { engines = all, mayBeKilled = false, begin } = choice;
  let program: Program;
  const stages = engines.map((kind) => new Stage(kind, () => program));
  const here = stages.filter(({ kind }) => kind.absence === undefined);
  const begun = new Map<Stage, Begun>();

  beforeAll(async () => {
    program = await Program.compile('test/crash/application/child.ts');
    await Promise.all(here.map((stage) => stage.open(mayBeKilled)));
    if (begin === undefined) return;
    for (const stage of here) {
      const parts = begin(stage);
      begun.set(stage, parts);
      // a test will see
      void Promise.allSettled(Object.values(parts));
    }
  }, 60_000);

  afterAll(async () => {
    await Promise.all(here.map((stage) => stage.close()));
    await program.remove();
  });

  for (const stage of stages) {
    whereThereIs(stage.kind.absence, `${what}, with ${stage.kind.name},`, () => {
      describeIt(stage, (part) => {
        const parts = begun.get(stage);
        if (parts === undefined) throw new Error('Nothing has begun.');
        return parts[part];
      });
    });
  }
}

/** Has the second part begin when the first is over, whatever became of that. */
export async function inTurn<T>(first: Promise<unknown>, second: () => Promise<T>): Promise<T> {
  await first.catch(() => undefined);
  return second();
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
