import type { ModulesContainer } from '@nestjs/core';

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
  if (typeof metatype !== 'function') return [];
  const parameters = [...((Reflect.getMetadata('design:paramtypes', metatype) ?? []) as unknown[])];
  const named = (Reflect.getMetadata('self:paramtypes', metatype) ?? []) as Array<{ index: number; param: unknown }>;
  for (const { index, param } of named) parameters[index] = tokenOf(param);
  const properties = (Reflect.getMetadata('self:properties_metadata', metatype) ?? []) as Array<{ type: unknown }>;
  return [...parameters, ...properties.map(({ type }) => tokenOf(type))];
}

function isOptional(dependency: unknown): dependency is { token: unknown } {
  return typeof dependency === 'object' && dependency !== null && 'token' in dependency;
}

function tokenOf(dependency: unknown): unknown {
  const isForward = typeof dependency === 'object' && dependency !== null && 'forwardRef' in dependency;
  return isForward ? (dependency as { forwardRef: () => unknown }).forwardRef() : dependency;
}
