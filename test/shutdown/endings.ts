import { Controller, Get, Inject, Param } from '@nestjs/common';
import { BackgroundTasks, currentTask } from 'nestjs-background-tasks';
import { Stage } from './stage.js';

/** Requests whose handlers or tasks do not end in time. */
@Controller()
export class Endings {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  /** Its first task does not mind its signal; it adds another when the test lets it. */
  @Get('endless')
  endless(tasks: BackgroundTasks): string {
    this.add(tasks, 'endless', async () => {
      void this.#untilAborted();
      await this.stage.tasks.promise;
      this.add(tasks, 'too late');
    });
    this.add(tasks, 'pending');
    return 'answered';
  }

  /** Its first task ends by its signal. */
  @Get('obedient/:how')
  obedient(@Param('how') how: string, tasks: BackgroundTasks): string {
    this.add(tasks, 'obedient', async () => {
      const reason = await this.#untilAborted();
      if (how === 'rejects') throw reason;
    });
    this.add(tasks, 'pending');
    return 'answered';
  }

  /** Its task fails, and would be tried again in an hour. */
  @Get('retried')
  retried(tasks: BackgroundTasks): string {
    const retries = { retries: 1, minTimeout: 3_600_000 };
    this.add(tasks, 'retried', () => Promise.reject(new Error('on purpose'))).with({ retries });
    return 'answered';
  }

  /** Adds a task when the test lets it. */
  @Get('hanging')
  async hanging(tasks: BackgroundTasks): Promise<string> {
    this.stage.mark('a request is in flight');
    await this.stage.handlers.promise;
    this.add(tasks, 'too late');
    return 'answered';
  }

  /** Has a task, and never ends. */
  @Get('unanswered')
  unanswered(tasks: BackgroundTasks): Promise<string> {
    this.add(tasks, 'unanswered');
    this.stage.mark('a request is in flight');
    return new Promise(() => undefined);
  }

  private add(tasks: BackgroundTasks, name: string, work = async (): Promise<void> => undefined) {
    const noted = async (): Promise<void> => {
      this.stage.mark(`${name} begins`);
      await work();
      this.stage.mark(`${name} ends`);
    };
    return tasks.addTask(noted).with({ name });
  }

  #untilAborted(): Promise<Error> {
    const signal = currentTask()?.signal;
    return new Promise((resolve) => {
      signal?.addEventListener('abort', () => {
        const reason = signal.reason as Error;
        this.stage.mark(`aborted by ${reason.name}: ${reason.message}`);
        resolve(reason);
      });
    });
  }
}
