import { type BackgroundTasksEvent, currentTask } from 'nestjs-background-tasks';
import { deferred } from '../harness/deferred.js';
import type { DurableRequestPlan, DurableTaskPlan } from './durable-plan.js';

/** One call of the function of a task. */
export interface SeenCall {
  readonly batchId: string;
  readonly index: number;
  readonly attempt: number;
  readonly outcome: string;
  hasEnded: boolean;
}

/** One request, as far as it has come. */
export class SeenDurableRequest {
  readonly plan: DurableRequestPlan;
  readonly arrived = deferred();
  /** Its response is over, whichever event told so. */
  isOver = false;
  readonly over = deferred();
  /** Calls of handlers that are at work. */
  atWork = 0;
  hasThrown = false;
  isRolledBack = false;
  status?: number;
  body = '';
  readonly tasks: SeenDurableTask[] = [];
  /** How often something was to be stored, and to be released or discarded. */
  submits = 0;
  releases = 0;
  /** Whether something went wrong when it was to be stored. */
  mayBeLost = false;

  constructor(plan: DurableRequestPlan) {
    this.plan = plan;
  }

  markOver(): void {
    this.isOver = true;
    this.over.resolve();
  }
}

/** One task that was added. */
export class SeenDurableTask {
  readonly plan: DurableTaskPlan;
  readonly request: SeenDurableRequest;
  /** Which attempt of which task has added it, if one has. */
  readonly parent: { readonly task: SeenDurableTask; readonly attempt: number } | undefined;
  readonly calls: SeenCall[] = [];
  readonly events: BackgroundTasksEvent[] = [];
  isCancelled = false;
  /** Whether it is planned that a worker loses its claim, and that has not come. */
  isToLapse: boolean;

  constructor(request: SeenDurableRequest, plan: DurableTaskPlan, parent?: SeenDurableTask['parent']) {
    this.request = request;
    this.plan = plan;
    this.parent = parent;
    this.isToLapse = plan.lapse !== 'never';
  }

  /** Its function is called. */
  begin(): SeenCall {
    const { batchId = '', index = -1, attempt = 0, outcome = '' } = currentTask() ?? {};
    const call: SeenCall = { batchId, index, attempt, outcome, hasEnded: false };
    this.calls.push(call);
    return call;
  }

  /** What became of it, in order; a durable one that could not be stored was lost. */
  get ends(): string[] {
    return this.events.flatMap((event) => {
      if (event.type === 'skipped') return [`skipped: ${event.reason}`];
      if (event.type === 'failed' && event.attempt === 0) return ['lost'];
      return event.type === 'succeeded' || event.type === 'failed' ? [`${event.type} at ${event.attempt}`] : [];
    });
  }
}
