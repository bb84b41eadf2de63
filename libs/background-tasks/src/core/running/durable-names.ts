import type { ModulesContainer } from '@nestjs/core';
import { shown } from '../errors/wording.js';
import { type ProvidedInstance, providedInstancesOf } from '../nest/provided-instances.js';
import { durableMethodsOf, hasDurableMethods, rememberDurableFunction } from '../tasks/durable-task.decorator.js';
import type { DurableMethod } from '../tasks/planned-call.js';

/** A durable method, and whose it is. */
export interface NamedMethod {
  readonly provided: ProvidedInstance;
  readonly key: string | symbol;
}

/**
 * Which provider and method each name of a durable task stands for in an application.
 *
 * A `Map`, filled from decorators and by nothing else: whatever a job in a store says, nothing but these is ever called.
 */
export class DurableNames {
  readonly #modules: ModulesContainer;
  /** Once all providers are made. */
  #known?: ReadonlyMap<string, readonly NamedMethod[]>;

  constructor(modules: ModulesContainer) {
    this.#modules = modules;
  }

  /** The names of all durable methods that providers have. */
  get names(): string[] {
    return hasDurableMethods() ? [...this.#all().keys()] : [];
  }

  /** All that have a durable method. */
  get methods(): NamedMethod[] {
    return [...this.#all().values()].flat();
  }

  /** What `name` stands for, if anything. */
  find(name: string): NamedMethod | undefined {
    return this.#all().get(name)?.[0];
  }

  /**
   * All providers are made: from now on nothing is looked for again.
   *
   * @throws Error where two methods have one name: a worker could call one of them only.
   */
  settle(): void {
    if (!hasDurableMethods()) return;
    this.#known = this.#look();
    for (const [name, methods] of this.#known) {
      refuseTwo(name, methods);
      // what a decorator has put there is no function to hand over, either
      for (const { provided, key } of methods) rememberFunction(provided.instance, key, name);
    }
  }

  /** @throws TypeError where nobody provides what `method` is a method of: no worker could find it. */
  check(taskName: string, { name, target }: DurableMethod): void {
    const methods = this.#all().get(name) ?? [];
    const isKnown = methods.some(({ provided }) => isMadeFrom(target, provided));
    if (isKnown || (this.#known === undefined && methods.length > 0)) return;
    throw new TypeError(
      `Cannot add the durable task \`${shown(taskName)}\`: what it is a method of is not provided by any module, so no worker ` +
        `could find \`${shown(name)}\`. Have Nest make it: list its class among the providers of a module, and inject it.`,
    );
  }

  #all(): ReadonlyMap<string, readonly NamedMethod[]> {
    return this.#known ?? this.#look();
  }

  #look(): ReadonlyMap<string, readonly NamedMethod[]> {
    const found = new Map<string, NamedMethod[]>();
    for (const provided of providedInstancesOf(this.#modules)) {
      for (const [key, name] of durableMethodsOf(provided.instance)) {
        found.set(name, [...(found.get(name) ?? []), { provided, key }]);
      }
    }
    return found;
  }
}

/** Of what is made anew for each request, the class alone can tell; of the others, the instance, or what inherits from it. */
function isMadeFrom(target: object, { instance, isShared }: ProvidedInstance): boolean {
  const known = isShared ? instance : Reflect.getPrototypeOf(instance);
  for (let level: object | null = target; level !== null; level = Reflect.getPrototypeOf(level)) {
    if (level === known) return true;
  }
  return false;
}

/** The same class may be provided by several modules: then it does not matter which is called. */
function refuseTwo(name: string, [first, ...others]: readonly NamedMethod[]): void {
  const other = others.find((each) => first !== undefined && !isSame(each, first));
  if (first === undefined || other === undefined) return;
  throw new Error(
    `Cannot start: \`${called(first)}\` and \`${called(other)}\` are both the durable task \`${shown(name)}\`, and a worker ` +
      'could call one of them only. Give each @DurableTask() a name of its own.',
  );
}

/** By its class, not by the name of that: bundlers make many of one. */
function isSame(one: NamedMethod, other: NamedMethod): boolean {
  const [own, others] = [one, other].map(({ provided }) => Reflect.getPrototypeOf(provided.instance));
  return own === others && one.key === other.key;
}

function called({ provided, key }: NamedMethod): string {
  return `${provided.name}.${String(key)}`;
}

function rememberFunction(instance: object, key: string | symbol, name: string): void {
  const method: unknown = Reflect.get(instance, key);
  if (typeof method === 'function') rememberDurableFunction(method, name);
}
