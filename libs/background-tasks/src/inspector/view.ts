// what the page is told, as JSON: types only, since the page is built apart. All times are fractional milliseconds since 1970

/** What brought the tasks: a request, a message, a resolver, or `scope()`. */
export interface SourceView {
  kind: string;
  /** Of a request: its method and the template of its route, never its URL. */
  name: string;
  /** The handler, as log lines call it. */
  handler?: string;
}

/** What was thrown, as text, cut. */
export interface ErrorView {
  message: string;
  stack?: string;
}

export interface AttemptView {
  startedAt: number;
  endedAt?: number;
  error?: ErrorView;
}

/** `retrying`: an attempt has failed, and the next one has not begun. `stored`: an engine has it. */
export type TaskState = 'waiting' | 'running' | 'retrying' | 'done' | 'failed' | 'skipped' | 'stored';

export interface TaskView {
  name: string;
  /** Its place in its batch, from 0. */
  index: number;
  state: TaskState;
  addedAt: number;
  /** The latest ones, in order. */
  attempts: AttemptView[];
  /** How many attempts there were before those. */
  earlier?: number;
  /** Why it was skipped. */
  reason?: string;
}

export interface BatchView {
  id: string;
  source?: SourceView;
  /** The status of the response. */
  status?: number;
  outcome?: string;
  /** Whether the client had gone before the response was complete. */
  aborted?: boolean;
  addedAt: number;
  /** When the request began, when its handler ended, when its response was over. */
  startedAt?: number;
  handlerEndedAt?: number;
  endedAt?: number;
  /** From when on its tasks could run. */
  settledAt?: number;
  finishedAt?: number;
  tasks: TaskView[];
  /** How many tasks are not among `tasks`. */
  more: number;
  /** Of all its tasks. */
  done: number;
  failed: number;
  skipped: number;
}

export interface StatsView {
  pending: number;
  running: number;
  succeeded: number;
  failed: number;
  skipped: number;
  refused: number;
  stored: number;
  draining: boolean;
}

/** What `batches` gives, and the event `snapshot`. */
export interface SnapshotView {
  v: 1;
  stats: StatsView;
  /** How many batches were let go to make room. */
  dropped: number;
  /** In the order in which they got their first task. */
  batches: BatchView[];
}

/** The event `change`. */
export interface ChangeView {
  stats: StatsView;
  dropped: number;
  /** Those that are new or have changed, whole. */
  batches: BatchView[];
  /** Ids of those that were let go. */
  gone: string[];
}
