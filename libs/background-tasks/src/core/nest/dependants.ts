import type { ModulesContainer } from '@nestjs/core';
import { dependenciesOf } from './metadata.js';

type NestModule = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = NestModule['providers'] extends Map<unknown, infer W> ? W : never;

/** What Nest makes: a provider, a controller, or a guard, pipe, interceptor or filter. */
export interface Dependant {
  readonly token: unknown;
  /** Its class, if it has one: that need not be its token. */
  readonly metatype: unknown;
  readonly name: string;
  readonly isDurable: boolean;
}

/** Everything in `modules` that gets what `token` stands for injected, by itself or through what it depends on. */
export function dependantsOn(token: unknown, modules: ModulesContainer): Dependant[] {
  const wrappers = [...modules.values()].flatMap(({ providers, controllers, injectables }) => [
    ...providers.values(),
    ...controllers.values(),
    ...injectables.values(),
  ]);
  const tokens = new Set<unknown>([token]);
  for (let before = 0; before < tokens.size;) {
    before = tokens.size;
    for (const wrapper of wrappers) {
      if (tokensInjectedInto(wrapper).some((injected) => tokens.has(injected))) tokens.add(wrapper.token);
    }
  }
  tokens.delete(token);
  return wrappers
    .filter((wrapper) => tokens.has(wrapper.token))
    .map(({ token: own, metatype, name, durable }) => ({ token: own, metatype, name, isDurable: durable === true }));
}

/** What `dependants` are asked for by, and their classes. */
export function tokensAndClassesOf(dependants: Iterable<Dependant>): ReadonlySet<unknown> {
  return new Set(Array.from(dependants, ({ token, metatype }) => [token, metatype]).flat());
}

/** What a provider asks for, as its decorators wrote it down: Nest 11 resolves it at the first request only. */
function tokensInjectedInto({ inject, metatype }: Wrapper): unknown[] {
  if (inject) return inject.map((dependency) => tokenOf(isOptional(dependency) ? dependency.token : dependency));
  return typeof metatype === 'function' ? dependenciesOf(metatype).map(tokenOf) : [];
}

function isOptional(dependency: unknown): dependency is { token: unknown } {
  return typeof dependency === 'object' && dependency !== null && 'token' in dependency;
}

function tokenOf(dependency: unknown): unknown {
  return isForward(dependency) ? dependency.forwardRef() : dependency;
}

function isForward(dependency: unknown): dependency is { forwardRef: () => unknown } {
  return typeof dependency === 'object' && dependency !== null && 'forwardRef' in dependency;
}
