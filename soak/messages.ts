import type { BackgroundTasksStats } from 'nestjs-background-tasks';

/** What the server tells when it listens. */
export interface Listening {
  readonly port: number;
}

/** What the server tells when it is asked: it is idle, and has collected its garbage. */
export interface Measured {
  /** Bytes. */
  readonly heapUsed: number;
  readonly stats: BackgroundTasksStats;
  /** What Node has warned of, such as listeners that pile up. */
  readonly warnings: readonly string[];
}
