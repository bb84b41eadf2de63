import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { concat, defer, from, type Observable, of, tap } from 'rxjs';
import { Audit, note, timeline } from '../../harness/audit.js';
import { type Deferred, deferred } from '../../harness/deferred.js';

/** What a test waits for and learns of, renewed for each by service.ts. */
export const atHand: { release: Deferred; refused: unknown } = { release: deferred(), refused: undefined };

function addOneOfEach(tasks: BackgroundTasks): void {
  for (const runOn of ['success', 'failure', 'always'] as const) tasks.addTask(note, `for ${runOn}`).with({ runOn });
}

@Injectable()
export class AddsAndLetsPass implements CanActivate {
  constructor(private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    try {
      this.tasks.addTask(note, 'by a guard');
    } catch (error) {
      atHand.refused = error;
    }
    return true;
  }
}

/** Adds when the handler has answered: outside of what it leads to, but inside of what follows it. */
@Injectable()
export class AddsBehind implements NestInterceptor {
  constructor(private readonly audit: Audit) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap((answer) => this.audit.write(`behind ${String(answer)}`)));
  }
}

@Controller()
export class Surrounded {
  @MessagePattern('surrounded')
  @UseInterceptors(AddsBehind)
  async surrounded(@Payload() data: string): Promise<string> {
    await Promise.resolve();
    return data;
  }
}

@Controller()
export class Messages {
  @MessagePattern('answers')
  async answers(@Payload() data: string, tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(note, `first ${data}`);
    await Promise.resolve();
    tasks.addTask(note, `second ${data}`);
    return `answer to ${data}`;
  }

  @MessagePattern('decorated')
  decorated(@Payload() data: string, @Tasks() tasks: BackgroundTasks): string {
    tasks.addTask(note, data);
    return data;
  }

  @MessagePattern('refuses')
  refuses(@Payload() _: unknown, tasks: BackgroundTasks): never {
    addOneOfEach(tasks);
    throw new RpcException('on purpose');
  }

  @MessagePattern('streams')
  streams(@Payload() _: unknown, tasks: BackgroundTasks) {
    tasks.addTask(note, 'after the stream');
    return concat(
      of('one'),
      defer(() => from(atHand.release.promise.then(() => 'two'))),
    );
  }

  @MessagePattern('waits')
  async waits(@Payload() data: string, tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(note, data);
    timeline.mark('waiting');
    await atHand.release.promise;
    return data;
  }

  @MessagePattern('late')
  late(@Payload() _: unknown, tasks: BackgroundTasks): string {
    tasks.addTask(() => tasks.addTask(note, 'late'));
    return 'fine';
  }

  @EventPattern({ kind: 'happened' })
  async happened(@Payload() data: string, tasks: BackgroundTasks): Promise<void> {
    tasks.addTask(note, data);
    await Promise.resolve();
    timeline.mark('handled');
  }

  @MessagePattern('guarded')
  @UseGuards(AddsAndLetsPass)
  guarded(): string {
    return 'fine';
  }
}

@Controller()
export class Injected {
  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly audit: Audit,
  ) {}

  @MessagePattern('injected')
  async injected(@Payload() data: string): Promise<string> {
    this.tasks.addTask(note, `by ${data}`);
    await Promise.resolve();
    this.audit.write(`written for ${data}`);
    return data;
  }
}
