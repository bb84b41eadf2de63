/** What brought tasks. */
export interface Source {
  /** `scope` is `BackgroundTasksRunner.scope()`, and a durable task that adds others. */
  readonly kind: 'http' | 'rpc' | 'ws' | 'graphql' | 'scope';
  /**
   * What it is called, whoever asks for it and with what: "POST /users/:id", the pattern of a message, "Mutation.signUp", or
   * "scope".
   *
   * Of a request it is the template of its route, and "POST (no route)" where none is known: a real path may hold what is secret.
   */
  readonly name: string;
  /** `Class.method`, where a handler was seen. */
  readonly handler?: string;
}

/** What a batch is made for. */
export interface Origin {
  readonly source: Source;
  /** When it came in, by the monotonic clock, if somebody listened then. */
  readonly startedAt?: number | undefined;
}

/** When the steps of a response were, by the clock of its batch; `undefined` for what nobody has listened to. */
export interface Moments {
  /** When the request, or the call, came in: as far as the library knows, which sees no request before its handler or its tasks. */
  readonly startedAt: number | undefined;
  /** When the handler had ended; of several resolvers, the last one. */
  readonly handlerEndedAt: number | undefined;
  /** When the response was over. */
  readonly endedAt: number | undefined;
}

/** That of what has neither a request nor a handler. */
export const SCOPE: Source = Object.freeze({ kind: 'scope', name: 'scope' });
