import type { BackgroundTasksEvent, FailedAttempt } from '../core/reports/background-tasks.events.js';
import { BatchRecord } from './batch-record.js';
import type { ResolvedInspectorOptions } from './inspector.options.js';
import { Shelf } from './shelf.js';

/** What all batches together may take, bytes, and of that the failed ones that are kept apart. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_BYTES_APART = MOST_BYTES / 2;

/** How many ids of those that were let go are remembered, for whoever has not been told. */
const MOST_GONE = 1_000;

/** An event of a batch. */
type BatchEvent = Extract<BackgroundTasksEvent, { readonly batchId: string }>;

/** What has changed since some revision: batches, whole, and the ids of those that were let go. */
export interface Changes {
  readonly records: readonly BatchRecord[];
  readonly gone: readonly string[];
}

/**
 * The latest batches, and the latest failed ones, as far as there is room.
 *
 * Every change has a number, its revision: whoever knows the store as it was at one can ask what has changed since.
 */
export class InspectorStore {
  /** How many batches were let go. */
  dropped = 0;
  revision = 0;
  /** Called after each change. */
  onChange: () => void = () => undefined;
  readonly #latest: Shelf;
  readonly #failed: Shelf;
  readonly #options: ResolvedInspectorOptions;
  readonly #gone: Array<{ readonly id: string; readonly revision: number }> = [];
  #forgottenGone = 0;
  #order = 0;

  constructor(options: ResolvedInspectorOptions) {
    this.#options = options;
    this.#latest = new Shelf(options.keep, MOST_BYTES - MOST_BYTES_APART);
    this.#failed = new Shelf(options.keepFailed, MOST_BYTES_APART);
  }

  /** In the order in which they got their first task. */
  get records(): BatchRecord[] {
    const all = new Set([...this.#latest.all, ...this.#failed.all]);
    return [...all].sort((one, other) => one.order - other.order);
  }

  find(id: string): BatchRecord | undefined {
    return this.#latest.get(id) ?? this.#failed.get(id);
  }

  /** There is no telling where it was too long ago. */
  changesSince(revision: number): Changes | undefined {
    if (revision < this.#forgottenGone) return undefined;
    const records = this.records.filter((record) => record.revision > revision);
    return { records, gone: this.#gone.filter((each) => each.revision > revision).map(({ id }) => id) };
  }

  /** Keeps what `event` tells. */
  tell(event: BackgroundTasksEvent): void {
    this.revision++;
    if ('batchId' in event && event.type !== 'refused') this.#tellOfBatch(event);
    this.onChange();
  }

  /** Keeps that an attempt has failed, which no event tells at once. */
  tellFailedAttempt(attempt: FailedAttempt): void {
    this.revision++;
    const record = this.find(attempt.batchId);
    if (record === undefined) return;
    record.attemptFailed(attempt);
    this.#place(record, false);
    this.onChange();
  }

  #tellOfBatch(event: BatchEvent): void {
    const record = this.find(event.batchId) ?? this.#newRecordFor(event);
    if (record === undefined) return;
    note(record, event);
    this.#place(record, event.type === 'failed');
  }

  /**
   * Of one that was let go, no more is kept than its failures: where more are at work than there is room for, those that
   * are there would push each other out. A claimed batch begins with a task that starts.
   */
  #newRecordFor({ type, batchId, timestamp }: BatchEvent): BatchRecord | undefined {
    if (type !== 'added' && type !== 'failed' && !(type === 'started' && this.#latest.hasRoom)) return undefined;
    return new BatchRecord(batchId, timestamp, this.#order++, this.#options.redact);
  }

  #place(record: BatchRecord, hasFailed: boolean): void {
    record.revision = this.revision;
    const { id } = record.view;
    // what is kept as a failure alone does not come back among the latest
    const isLatest = this.#latest.has(id) || !this.#failed.has(id);
    const letGo = isLatest ? this.#latest.place(record) : [];
    if (hasFailed || this.#failed.has(id)) letGo.push(...this.#failed.place(record));
    for (const { view } of letGo) if (this.find(view.id) === undefined) this.#noteGone(view.id);
  }

  #noteGone(id: string): void {
    this.dropped++;
    this.#gone.push({ id, revision: this.revision });
    if (this.#gone.length > MOST_GONE) this.#forgottenGone = this.#gone.shift()?.revision ?? 0;
  }
}

function note(record: BatchRecord, event: BatchEvent): void {
  switch (event.type) {
    case 'added':
      return record.added(event);
    case 'settled':
      return record.settled(event);
    case 'started':
      return record.started(event);
    case 'retrying':
      return record.retried(event);
    case 'succeeded':
      return record.succeeded(event);
    case 'failed':
      return record.failed(event);
    case 'skipped':
      return record.skipped(event);
    case 'released':
      return record.released(event.timestamp);
    case 'finished':
      return record.finished(event.timestamp);
    case 'stored':
    case 'refused':
  }
}
