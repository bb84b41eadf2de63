import {
  type CanActivate,
  Controller,
  Get,
  Inject,
  Injectable,
  type MessageEvent,
  Sse,
  UseGuards,
} from '@nestjs/common';
import { BackgroundTasks, currentTask } from 'nestjs-background-tasks';
import { NEVER, type Observable, startWith } from 'rxjs';
import { UsesResource } from '../requests.js';
import { Stage } from '../stage.js';

@Injectable()
class SlowGuard implements CanActivate {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  async canActivate(): Promise<boolean> {
    this.stage.mark('a guard is at work');
    await this.stage.guard.promise;
    return true;
  }
}

/** Requests whose end, or whose beginning, takes long. */
@Controller()
export class Streams extends UsesResource {
  /** Has no end of its own. */
  @Sse('events')
  events(tasks: BackgroundTasks): Observable<MessageEvent> {
    tasks.addTask(this, 'observe', 'task of the stream');
    return NEVER.pipe(startWith({ data: 'the first event' }));
  }

  /** Begins to stream when the test lets it. */
  @Sse('later-events')
  async laterEvents(tasks: BackgroundTasks): Promise<Observable<MessageEvent>> {
    this.stage.mark('a request is in flight');
    await this.stage.handlers.promise;
    return this.events(tasks);
  }

  /** More than what the buffers between two sockets hold. */
  @Get('large')
  large(tasks: BackgroundTasks): string {
    tasks.addTask(this, 'observe', 'task of the large response');
    return 'x'.repeat(32_000_000);
  }

  @Get('guarded')
  @UseGuards(SlowGuard)
  guarded(tasks: BackgroundTasks): string {
    this.stage.mark('the guard has let its request pass');
    tasks.addTask(async () => {
      await this.stage.tasks.promise;
      await this.use('task behind the guard');
    });
    return 'answered';
  }

  async observe(by: string): Promise<void> {
    this.stage.mark(`outcome: ${currentTask()?.outcome}, aborted: ${currentTask()?.aborted}`);
    await this.use(by);
  }
}
