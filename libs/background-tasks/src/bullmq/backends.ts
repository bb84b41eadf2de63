import type { BackendFactory, IQueueBackend } from 'bullmq';
import type { Fence } from './fence.js';

/** Opens BullMQ's backends on one store. Each takes the connection that was given to this, whatever it is asked for. */
export type OpenBackend = BackendFactory<IQueueBackend, unknown>;

/** The two ways to talk to a store, which BullMQ calls backends. */
export interface Backends {
  /** Looks at the store before anything is opened; rejects where it cannot be used. */
  prepare(): Promise<void>;
  /** For what a response waits for: fails at once, or in time, where the store is out of reach, and sends nothing again. */
  readonly submitting: OpenBackend;
  /** For a worker, which waits until the store is back. */
  readonly working: OpenBackend;
  /** What a worker writes by, over one that was opened to submit: it must not send anything late. */
  fence(backend: IQueueBackend): Fence;
  /** Lets go of the connections that are still open, whatever happens on them. */
  release(): void;
}
