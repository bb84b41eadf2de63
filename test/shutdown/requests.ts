import { Controller, Get, Inject } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { Resource } from './resources.js';
import { Stage } from './stage.js';

/** A controller whose tasks use the resource. */
export abstract class UsesResource {
  constructor(
    @Inject(Stage) protected readonly stage: Stage,
    @Inject(Resource) protected readonly resource: Resource,
  ) {}

  async use(by: string): Promise<void> {
    await this.resource.use(by);
    this.stage.mark(`${by} used it`);
  }
}

@Controller()
export class Requests extends UsesResource {
  /** Answers at once; its tasks take until the test lets them end. */
  @Get('busy')
  busy(tasks: BackgroundTasks): string {
    tasks.addTask(async () => {
      this.stage.mark('a task is running');
      await this.stage.tasks.promise;
      tasks.addTask(this, 'use', 'nested task');
      await this.use('running task');
    });
    tasks.addTask(this, 'use', 'pending task');
    return 'answered';
  }

  /** Adds its tasks when the test lets it end. */
  @Get('in-flight')
  async inFlight(tasks: BackgroundTasks): Promise<string> {
    this.stage.mark('a request is in flight');
    await this.stage.handlers.promise;
    tasks.addTask(async () => {
      await this.use('task of the request in flight');
      tasks.addTask(this, 'use', 'task that it added');
    });
    return 'answered';
  }

  /** Answers when the test lets it, and has a task that takes until the test lets it end. */
  @Get('late')
  async late(tasks: BackgroundTasks): Promise<string> {
    this.stage.mark('a late request is in flight');
    await this.stage.handlers.promise;
    tasks.addTask(async () => {
      this.stage.mark('a late task is running');
      await this.stage.tasks.promise;
      await this.use('late task');
    });
    return 'answered';
  }
}

/** Who used the resource while it was open. */
export function users({ events }: Stage): string[] {
  const closed = events.indexOf('resource closed');
  const inTime = closed < 0 ? [] : events.slice(0, closed);
  return inTime.filter((event) => event.endsWith(' used it')).map((event) => event.slice(0, -' used it'.length));
}
