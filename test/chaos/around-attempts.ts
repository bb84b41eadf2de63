import { Inject, Injectable } from '@nestjs/common';
import { currentTask, type TaskContext, type TaskInterceptor } from 'nestjs-background-tasks';
import { isTimedOut } from './plan.js';
import { Stage } from './stage.js';
import { turns } from './turns.js';

/** Wraps the attempts of tasks, in rounds that have it: does around each what its plan says. */
@Injectable()
export class AroundAttempts implements TaskInterceptor {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  async intercept(task: TaskContext, next: () => Promise<void>): Promise<void> {
    if (currentTask() !== task) this.stage.complain(`${task.name} is not the current task of its interceptor`);
    // tracked: what next() returns has to settle, whatever becomes of the attempt
    const plan = this.stage.objectNamed(task.name)?.plan;
    // on a busy machine its time may be over before it begins, and then nothing tells how often it is called
    if (plan?.around === 'lingers' && !isTimedOut(plan.pace)) await this.stage.track(turns(1));
    await this.stage.track(this.#intercept(plan?.around, next, task.name));
  }

  async #intercept(around: string | undefined, next: () => Promise<void>, name: string): Promise<void> {
    try {
      await next();
    } catch (error) {
      if (around !== 'swallows') throw error;
    } finally {
      if (around === 'lingers') await turns(1);
      if (around === 'calls next too late') void this.stage.track(this.#callTooLate(next, name));
    }
  }

  async #callTooLate(next: () => Promise<void>, name: string): Promise<void> {
    await turns(2);
    const refused = await next().then(
      () => false,
      () => true,
    );
    if (!refused) this.stage.complain(`${name} could be run after its attempt was over`);
  }
}

/** Is left out. */
@Injectable()
export class LeftOut implements TaskInterceptor {
  readonly isEnabled = false;

  constructor(@Inject(Stage) private readonly stage: Stage) {}

  async intercept(task: TaskContext, next: () => Promise<void>): Promise<void> {
    this.stage.complain(`${task.name} is wrapped in an interceptor that is not enabled`);
    await next();
  }
}
