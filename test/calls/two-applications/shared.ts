import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Param,
  Res,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Query, Resolver } from '@nestjs/graphql';
import { BackgroundTask, BackgroundTasks, currentTask, UseBackgroundTasks } from 'nestjs-background-tasks';
import type { Reply } from '../../harness/application.js';
import { timeline } from '../../harness/audit.js';

/* What the applications of the specs have in common: classes, and nothing that tells one from another. */

/** A task: marks what it is for, and which it is by itself. */
export function note(event: string): void {
  timeline.mark(`${event}, ${currentTask()?.name}, after ${currentTask()?.outcome}`);
}

@Injectable()
export class Singleton {
  constructor(private readonly tasks: BackgroundTasks) {}

  add(event: string): void {
    this.tasks.addTask(note, event);
  }
}

@Injectable({ scope: Scope.REQUEST })
export class Scoped {
  constructor(private readonly tasks: BackgroundTasks) {}

  add(event: string): void {
    this.tasks.addTask(note, event);
  }
}

@Injectable()
export class AddsAndLetsPass implements CanActivate {
  constructor(private readonly tasks: BackgroundTasks) {}

  canActivate(context: ExecutionContext): boolean {
    this.tasks.addTask(note, `guard ${context.getHandler().name}`);
    return true;
  }
}

@Controller()
export class Requests {
  @Get('parameter')
  async parameter(tasks: BackgroundTasks): Promise<string> {
    await Promise.resolve();
    tasks.addTask(note, 'parameter');
    return 'fine';
  }

  @Get('attached')
  attached(@Res({ passthrough: true }) reply: Reply): string {
    reply.background = new BackgroundTask(note, 'attached');
    return 'fine';
  }
}

@Controller()
export class ScopedRequests {
  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly scoped: Scoped,
  ) {}

  @Get('scoped/:id')
  @UseGuards(AddsAndLetsPass)
  injected(@Param('id') id: string): string {
    this.tasks.addTask(note, `constructor ${id}`);
    this.scoped.add(`service ${id}`);
    return id;
  }
}

@Controller()
export class SingletonRequests {
  constructor(private readonly singleton: Singleton) {}

  @Get('singleton/:id')
  @UseGuards(AddsAndLetsPass)
  async injected(@Param('id') id: string): Promise<string> {
    await Promise.resolve();
    this.singleton.add(`service ${id}`);
    return id;
  }
}

@Controller()
export class Messages {
  @MessagePattern('parameter')
  async parameter(@Payload() data: string, tasks: BackgroundTasks): Promise<string> {
    await Promise.resolve();
    tasks.addTask(note, data);
    return data;
  }
}

@Controller({ scope: Scope.REQUEST })
export class ScopedMessages {
  constructor(private readonly tasks: BackgroundTasks) {}

  @MessagePattern('scoped')
  @UseBackgroundTasks()
  async scoped(@Payload() data: string, own: BackgroundTasks): Promise<string> {
    await Promise.resolve();
    this.tasks.addTask(note, `constructor ${data}`);
    own.addTask(note, `parameter ${data}`);
    return data;
  }
}

@WebSocketGateway()
export class Gateway {
  @SubscribeMessage('parameter')
  async parameter(@MessageBody() data: string, tasks: BackgroundTasks) {
    await Promise.resolve();
    tasks.addTask(note, data);
    return { event: 'answer', data };
  }
}

@Resolver()
export class Resolvers {
  @Query(() => String)
  async parameter(tasks: BackgroundTasks): Promise<string> {
    await Promise.resolve();
    tasks.addTask(note, 'resolver');
    return 'fine';
  }
}
