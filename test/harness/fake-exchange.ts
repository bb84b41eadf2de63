import { EventEmitter } from 'node:events';
import { Batch, type BatchEntry, type BatchRunner } from '../../libs/background-tasks/src/core/batch/batch.js';
import type { Settlement } from '../../libs/background-tasks/src/core/batch/outcome.js';
import { Application } from '../../libs/background-tasks/src/core/calls/application.js';
import { tasksOn } from '../../libs/background-tasks/src/core/calls/served.js';
import { HttpResponse } from '../../libs/background-tasks/src/core/http/http-response.js';
import type { RawRequest, RawResponse } from '../../libs/background-tasks/src/core/http/raw.js';
import { BackgroundTasksEvents } from '../../libs/background-tasks/src/core/reports/background-tasks.events.js';
import type { BackgroundTasksEvent } from '../../libs/background-tasks/src/core/reports/background-tasks.events.js';
import { BackgroundTask } from '../../libs/background-tasks/src/core/tasks/background-task.js';
import type { BackgroundTasks } from '../../libs/background-tasks/src/core/tasks/background-tasks.js';

/** A connection without a network. */
export class FakeSocket extends EventEmitter {
  destroyed = false;
  writableFinished = false;
  bytesWritten?: number;
}

/** What the library reads of Node's request. */
export class FakeRequest extends EventEmitter {
  readonly method = 'GET';
  readonly headers = {};

  constructor(
    readonly socket = new FakeSocket(),
    readonly httpVersionMajor = 1,
  ) {
    super();
  }

  get raw(): RawRequest {
    return this as unknown as RawRequest;
  }
}

/** What the library reads of Node's response; `finish()` and `hangUp()` make its events. */
export class FakeResponse extends EventEmitter {
  statusCode = 200;
  headersSent = false;
  writableEnded = false;
  writableFinished = false;
  destroyed = false;

  constructor(
    readonly req: FakeRequest,
    readonly socket: FakeSocket | null = req.socket,
  ) {
    super();
  }

  get raw(): RawResponse {
    return this as unknown as RawResponse;
  }

  /** As what a batch waits for. */
  get awaited(): HttpResponse {
    return new HttpResponse(this.req.raw, this.raw);
  }

  /** The response has been sent. */
  finish(): void {
    this.headersSent = this.writableEnded = this.writableFinished = true;
    this.emit('finish');
  }

  /** Somebody ends it, whether or not the client is there. */
  end(...written: unknown[]): unknown[] {
    this.writableEnded = true;
    return written;
  }

  /** The client has gone. */
  hangUp(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

/** A request, its response and its batch, for a runner. */
export function fakeExchange(runner: BatchRunner): { request: FakeRequest; response: FakeResponse; batch: Batch } {
  const request = new FakeRequest();
  const response = new FakeResponse(request);
  const batch = new Batch(runner);
  batch.settling.setResponse(response.awaited);
  return { request, response, batch };
}

/** A runner that runs nothing, and keeps what it was told. */
export class RecordingRunner implements BatchRunner {
  /** An application whose batches it runs. */
  readonly application = new Application();
  readonly accepted: BatchEntry[] = [];
  readonly cancelledEntries: BatchEntry[] = [];
  /** How many tasks were in a batch when one had been added. */
  readonly sizes: number[] = [];
  readonly settlements: Settlement[] = [];
  runs = 0;
  isFull = false;

  constructor() {
    this.application.runWith(this);
  }

  admit(): void {
    if (this.isFull) throw new Error('full');
  }

  added(entry: BatchEntry): void {
    this.accepted.push(entry);
    this.sizes.push(entry.batch.size);
  }

  cancelled(entry: BatchEntry): void {
    this.cancelledEntries.push(entry);
  }

  tellSettled(_: Batch, settlement: Settlement): void {
    this.settlements.push(settlement);
  }

  tellAdded(): void {}

  run(): void {
    this.runs++;
  }

  /** Tasks that go to `batch`, added by the call that is current where they are. */
  tasksOn(batch: Batch): BackgroundTasks {
    return tasksOn(batch, this.application.currentCall);
  }
}

/** Tasks in the order given, in a batch whose response has ended. */
export function settledBatch(...tasks: BackgroundTask[]): Batch {
  const runner = new RecordingRunner();
  const { batch, response } = fakeExchange(runner);
  const added = runner.tasksOn(batch);
  for (const task of tasks) added.addTask(task);
  response.finish();
  return batch;
}

/** Every event that `events` tells, as it comes. */
export function recorded(events: BackgroundTasksEvents): BackgroundTasksEvent[] {
  const told: BackgroundTasksEvent[] = [];
  events.events$.subscribe((event) => told.push(event));
  return told;
}
