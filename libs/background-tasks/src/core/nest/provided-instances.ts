import type { ModulesContainer } from '@nestjs/core';

/** Something with methods that an application has: an instance of a provider or of a controller. */
export interface ProvidedInstance {
  /** One made for each request is not what anybody gets: it tells the class. */
  readonly instance: object;
  /** The name of its class. */
  readonly name: string;
  /**
   * Whether all who ask get the same one: none is made for a request, or for each who asks.
   *
   * Not to be asked for in a constructor: Nest remembers what it says for good, and 11.0 says it wrongly before all that
   * the class depends on is made.
   */
  readonly isShared: boolean;
}

/** Every object that the modules of an application provide, and every controller, each once. */
export function providedInstancesOf(modules: ModulesContainer): ProvidedInstance[] {
  const wrappers = [...modules.values()].flatMap(({ providers, controllers }) => [
    ...providers.values(),
    ...controllers.values(),
  ]);
  const found = new Map<unknown, ProvidedInstance>();
  for (const wrapper of wrappers) {
    const instance: unknown = wrapper.instance;
    if (typeof instance !== 'object' || instance === null || found.has(instance)) continue;
    found.set(instance, {
      instance,
      name: classNameOf(instance),
      get isShared() {
        return wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
      },
    });
  }
  return [...found.values()];
}

/** Without asking the instance itself, which may be a proxy, or a prototype. */
function classNameOf(instance: object): string {
  const prototype = Reflect.getPrototypeOf(instance);
  const made: unknown = prototype && Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof made === 'function' ? made.name : 'Object';
}
