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
  for (const module of modules.values()) {
    for (const wrapper of [...module.providers.values(), ...module.controllers.values()]) {
      if (wrapper.durable === true && dependsOnTasks(wrapper)) throw durableHolderError(wrapper.name);
    }
  }
}

function dependsOnTasks(wrapper: Wrapper, seen = new Set<Wrapper>()): boolean {
  if (wrapper.token === BackgroundTasks) return true;
  if (seen.has(wrapper)) return false;
  seen.add(wrapper);
  const properties = (wrapper.getPropertiesMetadata() ?? []).map((property) => property.wrapper);
  const dependencies = [...(wrapper.getCtorMetadata() ?? []), ...properties];
  return dependencies.some((dependency) => dependency !== undefined && dependsOnTasks(dependency as Wrapper, seen));
}

function durableHolderError(name: string): Error {
  return new Error(
    `Cannot inject BackgroundTasks into \`${name}\`: it is durable, so it would keep the tasks of the first request ` +
      'and give them those of all later ones. Take `tasks: BackgroundTasks` as a parameter of the handler and pass ' +
      `it on, or make \`${name}\` request-scoped without \`durable\`.`,
  );
}
