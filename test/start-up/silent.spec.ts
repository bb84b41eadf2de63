import { describe, expect, it } from '@jest/globals';
import { OnWorkerEvent, Processor } from '@nestjs/bullmq';
import {
  Body,
  Controller,
  Get,
  Headers,
  Injectable,
  Param,
  Post,
  Query as QueryParameter,
  SetMetadata,
  type Type,
} from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Query, Resolver } from '@nestjs/graphql';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Cron } from '@nestjs/schedule';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { BackgroundTasks, BackgroundTasksRunner, Tasks } from 'nestjs-background-tasks';
import { platforms, start } from '../harness/application.js';
import { compiled, compilers } from './compilers.js';

/** What is in an application by what nobody has to be warned. */
function silences(): Array<[string, () => Type]> {
  return [
    ['tasks by their type', byType],
    ['tasks by their decorator', byDecorator],
    ['a parameter with another type', otherType],
    ['a parameter with a default value', byDefault],
    ['a handler of a route without any decorated parameter', routeByPosition],
    ['handlers of messages without any decorated parameter', messagesByPosition],
    ['handlers of messages with all of them decorated', messages],
    ['a resolver without any decorated parameter', resolverByPosition],
    ['a decorated method that is no handler', otherDecorator],
    ['a method without decorators', plain],
    ['what a clock calls without tasks', clock],
    ['what a clock calls with tasks by default', clockByDefault],
    ['what a clock calls, and that opens a scope', scope],
  ];
}

describe.each(platforms)('on $name, the start says nothing of', (platform) => {
  it.each(silences())('%s', async (_, make) => {
    const made = make();
    const isController = Reflect.hasMetadata('path', made);
    const running = await start(platform, isController ? { controllers: [made] } : { providers: [made] });
    expect(running.logger.ofTasks('warn')).toEqual([]);
  });

  it.each(compilers)('what is decorated, typed or has a default, compiled by $name', async (compiler) => {
    const source = `
      import { Body, Controller, Param, Post } from '@nestjs/common';
      import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
      @Controller()
      export class SignUp {
        @Post('first/:id')
        first(@Param('id') id: string, @Tasks() tasks: BackgroundTasks, name: string = 'x', more?: object) {}
        ${compiler.leavesTypes ? "@Post('second') second(@Body() body: object, tasks: BackgroundTasks, date: Date) {}" : ''}
        @Post('third')
        third(request: object, response: object) {}
        helper(id: string, tasks: BackgroundTasks) {}
      }
    `;
    const running = await start(platform, { controllers: [compiled(compiler, source)] });
    expect(running.logger.ofTasks('warn')).toEqual([]);
  });
});

function byType(): Type {
  @Controller()
  class Quiet {
    @Post()
    handler(@Body() _body: object, _tasks: BackgroundTasks): void {}
  }
  return Quiet;
}

function byDecorator(): Type {
  @Controller()
  class Quiet {
    @Post()
    handler(@Body() _body: object, @Tasks() _tasks: unknown): void {}
  }
  return Quiet;
}

function otherType(): Type {
  @Controller()
  class Quiet {
    @Get()
    handler(@Headers() _headers: object, _id: string, _when: Date, _many: string[], _names: Set<string>): void {}
  }
  return Quiet;
}

function byDefault(): Type {
  @Controller()
  class Quiet {
    @Get()
    handler(@QueryParameter() _query: object, _options: object = {}, _more?: unknown, ..._rest: unknown[]): void {}
  }
  return Quiet;
}

function routeByPosition(): Type {
  @Controller()
  class Quiet {
    @Get()
    handler(_request: unknown, _response: unknown, _next: unknown): void {}
  }
  return Quiet;
}

function messagesByPosition(): Type {
  @Controller()
  @WebSocketGateway()
  class Quiet {
    @MessagePattern('sign up')
    message(_data: unknown, _context: unknown): void {}

    @EventPattern('signed up')
    event(_data: unknown): void {}

    @SubscribeMessage('sign up')
    frame(_client: unknown, _data: unknown): void {}
  }
  return Quiet;
}

function messages(): Type {
  @Controller()
  class Quiet {
    @MessagePattern('sign up')
    message(@Payload() _data: unknown, @Ctx() _context: unknown, _tasks: BackgroundTasks): void {}
  }
  return Quiet;
}

function resolverByPosition(): Type {
  @Resolver()
  class Quiet {
    @Query(() => String)
    account(_root: unknown, _args: unknown, _context: unknown): string {
      return '';
    }
  }
  return Quiet;
}

function otherDecorator(): Type {
  @Controller()
  class Quiet {
    @SetMetadata('traced', true)
    traced(@Param('id') _id: string, _more: unknown, _tasks: BackgroundTasks): void {}
  }
  return Quiet;
}

function plain(): Type {
  @Injectable()
  class Quiet {
    send(_email: string, _tasks: BackgroundTasks): void {}
  }
  return Quiet;
}

function clock(): Type {
  @Injectable()
  @Processor('mail')
  class Quiet {
    @Cron('0 3 * * *')
    nightly(_when: Date): void {}

    @OnEvent('signed up')
    signedUp(_account: object, _more: unknown): void {}

    @OnWorkerEvent('completed')
    completed(_job: object, _result: unknown): void {}

    process(_job: object, _token: unknown): void {}
  }
  return Quiet;
}

function clockByDefault(): Type {
  @Injectable()
  class Quiet {
    @Cron('0 3 * * *')
    nightly(_tasks: BackgroundTasks = new BackgroundTasks()): void {}
  }
  return Quiet;
}

function scope(): Type {
  @Injectable()
  class Quiet {
    constructor(private readonly runner: BackgroundTasksRunner) {}

    @Cron('0 3 * * *')
    async nightly(): Promise<void> {
      await this.runner.scope((tasks) => tasks.addTask(() => undefined));
    }
  }
  return Quiet;
}
