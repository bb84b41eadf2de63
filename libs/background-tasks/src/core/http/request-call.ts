import type { Batch } from '../batch/batch.js';
import type { Source } from '../batch/source.js';
import { type CallHost, HandlerCall, type HandlerEnd } from '../calls/handler-call.js';
import { answersByItself, isStreamOfEvents } from '../nest/kinds-of-answers.js';
import type { Outcome } from '../tasks/task-context.js';
import type { TaskGroup } from '../tasks/task-group.js';
import type { RawRequest } from './raw.js';
import { hasAnswered, hasBegun, statusOf } from './known-response.js';
import { batchOf, existingBatchOf, rememberCallOn, ServedRequest } from './request.js';
import { sourceOfCall } from './request-source.js';

/** One call of the handler of an HTTP request. */
export class RequestCall extends HandlerCall {
  readonly #request: RawRequest;
  #statusWhenCompleted?: number | undefined;

  constructor(request: RawRequest, application: CallHost) {
    super(application);
    this.#request = request;
  }

  get isAmbient(): boolean {
    return this.application.findsRequests;
  }

  get source(): Source {
    return sourceOfCall(this.#request, this);
  }

  get batch(): Batch {
    return batchOf(this.#request, this.application);
  }

  get existingBatch(): Batch | undefined {
    return existingBatchOf(this.#request, this.application);
  }

  /** Nest writes each value of a stream of events as it comes, and of everything else the last one. */
  override get answersEach(): boolean {
    return isStreamOfEvents(this.handler?.getHandler());
  }

  get statusWhenCompleted(): number | undefined {
    return this.#statusWhenCompleted;
  }

  /**
   * The status is that of now: by the time that its tasks are stored, something else may have become of its answer.
   *
   * Once its one answer is on its way, nobody can be told any more: what it has added since is late. Who answers by himself may
   * have done so though nothing is out yet, as the hooks of Fastify take their time: a second answer, of an exception filter,
   * would meet the first. That the store has failed is told in the place of the first byte, which waits for it anyway.
   */
  override storeBefore(outcome: Outcome): Promise<void> | undefined {
    this.#statusWhenCompleted = statusOf(this.#request);
    if (hasAnswered(this.#request) && !this.answersEach) return undefined;
    const storing = super.storeBefore(outcome);
    if (storing === undefined || outcome === 'failure' || !this.#answersByItself) return storing;
    storing.catch(() => undefined);
    return undefined;
  }

  get #answersByItself(): boolean {
    return this.handler !== undefined && answersByItself(this.handler);
  }

  override start(): void {
    super.start();
    this.#statusWhenCompleted = undefined;
    rememberCallOn(this.#request, this, this.application);
  }

  /** That of the request: what finds its tasks before the handler, in it and after it shares what was said of all. */
  override get group(): TaskGroup {
    return ServedRequest.of(this.#request, this.application).group;
  }

  override end(state: HandlerEnd): void {
    if (this.state !== 'running') return;
    if (state === 'completed') this.#statusWhenCompleted ??= statusOf(this.#request);
    super.end(state === 'torn down' ? this.#howTornDown() : state);
  }

  /** What has torn it down while its connection is there is an interceptor outside, and not the client's leaving. */
  #howTornDown(): HandlerEnd {
    if (!this.#request.socket.destroyed) return 'given up';
    // asked now: the end of its response may be seen by nobody, and what is written from now on looks as if it was sent
    return hasBegun(this.#request) ? 'torn down' : 'errored';
  }
}
