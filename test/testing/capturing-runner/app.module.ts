import { beforeEach } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type NestMiddleware,
  type NestModule,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTask, BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import type { Reply } from '../../harness/application.js';
import { Timeline } from '../../harness/timeline.js';

/** What happened in the test at hand. */
export const timeline = new Timeline();

beforeEach(() => timeline.clear());

export type Handle = (tasks: BackgroundTasks, reply: Reply) => unknown;

let handle: Handle;

/** Sets what the handler of the test at hand does. */
export function handleBy(handler: Handle): void {
  handle = handler;
}

export const note = (event: string): void => timeline.mark(event);

@Injectable()
class Audit {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  writeLater(entry: string): void {
    this.tasks.addTask(this, 'write', entry);
  }

  write(entry: string): void {
    note(entry);
  }
}

@Injectable()
class AddingGuard implements CanActivate {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    this.tasks.addTask(note, 'by a guard');
    return true;
  }
}

@Injectable()
class DenyingGuard implements CanActivate {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    this.tasks.addTask(note, 'denied').with({ runOn: 'failure' });
    return false;
  }
}

@Injectable()
class AddingInterceptor implements NestInterceptor {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  intercept(_: ExecutionContext, next: CallHandler) {
    this.tasks.addTask(note, 'by an interceptor');
    return next.handle();
  }
}

@Injectable()
class AddingMiddleware implements NestMiddleware {
  use(_: unknown, response: Reply, next: () => void): void {
    response.background = new BackgroundTask(note, 'by middleware');
    next();
  }
}

@Controller('every-way')
@UseGuards(AddingGuard)
@UseInterceptors(AddingInterceptor)
class EveryWay {
  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly audit: Audit,
  ) {}

  @Get()
  get(tasks: BackgroundTasks, @Tasks() decorated: BackgroundTasks, @Res({ passthrough: true }) reply: Reply): string {
    this.tasks.addTask(note, 'by the constructor');
    tasks.addTask(note, 'by type');
    decorated.addTask(note, 'by decorator');
    this.audit.writeLater('by a service');
    reply.background = new BackgroundTasks([new BackgroundTask(note, 'attached')]);
    return 'fine';
  }
}

@Controller()
class Handlers {
  @Get()
  get(tasks: BackgroundTasks, @Res({ passthrough: true }) reply: Reply): unknown {
    return handle(tasks, reply);
  }

  @Get('denied')
  @UseGuards(DenyingGuard)
  denied(): string {
    return 'never';
  }
}

@Module({ controllers: [EveryWay, Handlers], providers: [Audit] })
export class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(AddingMiddleware).forRoutes('every-way');
  }
}
