/** One way to answer the same request. */
export interface Case {
  /** What the server is told to be. */
  readonly key: string;
  readonly title: string;
  /** Whether every request leads to one call of the trivial function. */
  readonly hasTask: boolean;
  /** Whether the library may lack what this needs. */
  readonly isOptional?: boolean;
}

/** The first is what the others are compared with; the second is the same again, and shows the noise. */
export const NEST_CASES: readonly Case[] = [
  { key: 'none', title: 'no module', hasTask: false },
  { key: 'none', title: 'control: no module, again', hasTask: false },
  { key: 'imported', title: 'the module, a route without tasks', hasTask: false },
  { key: 'by-hand', title: "`res.once('finish', …)` by hand", hasTask: true },
  { key: 'interceptor', title: 'by hand, behind a pass-through interceptor', hasTask: true },
  { key: 'parameter', title: 'a task by handler parameter', hasTask: true },
  { key: 'request-scope', title: 'a task by constructor, request scope', hasTask: true },
  { key: 'default-scope', title: 'a task by constructor, `Scope.DEFAULT`', hasTask: true, isOptional: true },
  { key: 'response', title: 'a task by `res.background`', hasTask: true },
];

/** The same for the Python frameworks that have background tasks of their own. */
export const PYTHON_CASES: readonly Case[] = [
  { key: 'none', title: 'no task', hasTask: false },
  { key: 'none', title: 'control: no task, again', hasTask: false },
  { key: 'async', title: 'a background task, `async def`', hasTask: true },
  { key: 'sync', title: 'a background task, `def` (in a thread)', hasTask: true },
];
