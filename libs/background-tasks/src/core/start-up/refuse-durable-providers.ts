import type { Dependant } from '../nest/dependants.js';

/**
 * Refuses to start where a durable provider depends on the tasks of a request.
 *
 * Nest keeps a durable provider for the requests to come, so it would add their tasks to the batch of
 * the first.
 *
 * @throws Error naming the provider and what to do.
 */
export function refuseDurable(dependants: Iterable<Dependant>): void {
  for (const { isDurable, name } of dependants) {
    if (isDurable) throw durableHolderError(name);
  }
}

function durableHolderError(name: string): Error {
  return new Error(
    `Cannot inject BackgroundTasks into \`${name}\`: it is durable, so it would keep the tasks of the first request ` +
      'and give them those of all later ones. Take `tasks: BackgroundTasks` as a parameter of the handler and pass ' +
      `it on, or make \`${name}\` request-scoped without \`durable\`.`,
  );
}
