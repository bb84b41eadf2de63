import { Inject, Injectable } from '@nestjs/common';
import { currentTask, type TaskContext, type TaskInterceptor } from 'nestjs-background-tasks';
import { Stage } from './stage.js';
import { turns } from './turns.js';

/** Wraps the attempts of tasks, in rounds that have it: does around each what its plan says. */
@Injectable()
export class AroundAttempts implements TaskInterceptor {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  async intercept(task: TaskContext, next: () => Promise<void>): Promise<void> {
    if (currentTask() !== task) this.stage.complain(`${task.name} is not the current task of its interceptor`);
    // tracked: what next() returns has to settle, whatever becomes of the attempt
    const around = this.stage.objectNamed(task.name)?.plan.around;
    await this.stage.track(this.#intercept(around, next, task.name));
  }

  async #intercept(around: string | undefined, next: () => Promise<void>, name: string): Promise<void> {
    if (around === 'lingers') await turns(1);
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
