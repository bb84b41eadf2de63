import type { ModulesContainer } from '@nestjs/core';
import { BackgroundTasks } from './background-tasks.js';

type NestModule = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = NestModule['providers'] extends Map<unknown, infer W> ? W : never;

/**
 * Refuses to start where a durable provider depends on the tasks of a request.
 *
 * Nest keeps a durable provider for the requests to come, so it would add their tasks to the batch of
 * the first.
 *
 * @throws Error naming the provider and what to do.
 */
export function refuseDurableHolders(modules: ModulesContainer): void {
  const wrappers = [...modules.values()].flatMap(({ providers, controllers }) => [
    ...providers.values(),
    ...controllers.values(),
  ]);
  const dependOnTasks = new Set<unknown>([BackgroundTasks]);
  for (let before = 0; before < dependOnTasks.size;) {
    before = dependOnTasks.size;
    for (const wrapper of wrappers) {
      if (tokensInjectedInto(wrapper).some((token) => dependOnTasks.has(token))) dependOnTasks.add(wrapper.token);
    }
  }
  const holder = wrappers.find(({ durable, token }) => durable === true && dependOnTasks.has(token));
  if (holder !== undefined) throw durableHolderError(holder.name);
}

/** What a provider asks for, as its decorators wrote it down: Nest 11 resolves it at the first request only. */
function tokensInjectedInto({ inject, metatype }: Wrapper): unknown[] {
  if (inject) return inject.map((dependency) => (isOptional(dependency) ? dependency.token : tokenOf(dependency)));
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

function durableHolderError(name: string): Error {
  return new Error(
    `Cannot inject BackgroundTasks into \`${name}\`: it is durable, so it would keep the tasks of the first request ` +
      'and give them those of all later ones. Take `tasks: BackgroundTasks` as a parameter of the handler and pass ' +
      `it on, or make \`${name}\` request-scoped without \`durable\`.`,
  );
}
