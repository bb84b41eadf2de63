import { Inject, Injectable } from '@nestjs/common';
import {
  type BackgroundTask,
  BackgroundTask as Task,
  type BackgroundTasks,
  currentTask,
  DurableTask,
} from 'nestjs-background-tasks';
import { type DurableTaskPlan, failsForGood, STEP_TIMEOUT } from './durable-plan.js';
import type { SeenCall, SeenDurableTask } from './durable-seen.js';
import { DurableStage } from './durable-stage.js';
import { turns } from './turns.js';

/** The provider whose methods are the tasks. */
@Injectable()
export class Doer {
  /** How a step gets at its tasks; there are none where they are made for each request. */
  tasks?: BackgroundTasks;

  constructor(@Inject(DurableStage) private readonly stage: DurableStage) {}

  @DurableTask('chaos.do')
  async do(name: string): Promise<void> {
    await this.#act(name);
  }

  async doHere(name: string): Promise<void> {
    await this.#act(name);
  }

  /** The task that is planned so. */
  make(plan: DurableTaskPlan): BackgroundTask {
    const task = plan.isDurable ? new Task(this, 'do', plan.name) : new Task(this, 'doHere', plan.name);
    const { name, runOn, retries, pace } = plan;
    return task.with({
      name,
      runOn,
      retries: { retries, minTimeout: 1, randomize: false },
      ...(pace === 'until its signal aborts' && { timeout: STEP_TIMEOUT }),
    });
  }

  async #act(name: string): Promise<void> {
    this.stage.moments++;
    const task = this.stage.task(name);
    const call = task.begin();
    this.stage.judgeBegin(task, call);
    const { lapse, pace } = task.plan;
    if (lapse === 'begins') this.stage.lapse(task, call.batchId);
    this.#addNested(task, call);
    if (pace === 'turns') await turns(3);
    if (pace === 'until its signal aborts' && !this.stage.isHealed) await aborted();
    if (lapse === 'ends') this.stage.lapse(task, call.batchId);
    this.stage.end(call);
    const fails = !this.stage.isHealed && (call.attempt <= task.plan.failures || failsForGood(task.plan));
    if (fails) throw new Error(`${name} fails on purpose`);
  }

  #addNested(task: SeenDurableTask, { attempt }: SeenCall): void {
    const number = this.stage.isHealed ? `redriven ${attempt}` : attempt;
    task.plan.nested.forEach((nested, index) => {
      const plan = { ...nested, name: `${task.plan.name}/${number}.${index}` };
      this.stage.seeTask(task.request, plan, { task, attempt });
      this.tasks?.addTask(this.make(plan));
    });
  }
}

function aborted(): Promise<void> {
  const signal = currentTask()?.signal;
  return new Promise((resolve) => {
    if (signal?.aborted !== false) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
