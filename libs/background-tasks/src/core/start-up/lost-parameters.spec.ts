import { describe, expect, it } from '@jest/globals';
import { OnWorkerEvent, Processor } from '@nestjs/bullmq';
import { Body, Controller, Get, Param, Post, SetMetadata } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Args, Query } from '@nestjs/graphql';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Cron } from '@nestjs/schedule';
import { MessageBody, SubscribeMessage } from '@nestjs/websockets';
import { Tasks } from '../handlers/tasks.decorator.js';
import { type HandlerClass, KEYS } from '../nest/metadata.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { injectByType } from './inject-by-type.js';
import { lostParametersIn } from './lost-parameters.js';

class MyTasks extends BackgroundTasks {}

/** What is lost in a class once its handlers have been prepared: `key 1` is the first parameter of the method `key`. */
function lostIn(...classes: HandlerClass[]): string[] {
  injectByType(classes);
  return lostParametersIn(classes).map(({ name, caller }) =>
    [name.replace(/^parameter (\d+) of `\w+\.(\w+)`$/, '$2 $1'), ...(caller === undefined ? [] : [caller])].join(' '),
  );
}

describe('a parameter of a handler', () => {
  it('is lost with another decorated, no decorator, and no type of its own', () => {
    class Lost {
      @Post()
      route(@Body() _body: object, _tasks: unknown): void {}

      @MessagePattern('x')
      message(_tasks: unknown, @Payload() _data: object, _more: object): void {}

      @SubscribeMessage('x')
      event(@MessageBody() _data: object, _tasks: unknown): void {}

      @Query(() => String)
      resolver(@Args('x') _x: string, _tasks: unknown): void {}
    }
    expect(lostIn(Lost)).toEqual(['route 2', 'message 1', 'message 3', 'event 2', 'resolver 2']);
  });

  it('is lost where the compiler emits no types', () => {
    class Untyped {
      @Post()
      route(@Body() _body: object, _tasks: BackgroundTasks, _name: string): void {}
    }
    Reflect.deleteMetadata(KEYS.PARAMTYPES_METADATA, Untyped.prototype, 'route');
    expect(lostIn(Untyped)).toEqual(['route 2', 'route 3']);
  });

  it('is told with its class, as it is counted by people, and once for all heirs', () => {
    class Base {
      @Post()
      route(@Body() _body: object, _tasks: unknown): void {}
    }
    class Heir extends Base {}
    expect(lostParametersIn([Base, Heir])).toEqual([{ name: 'parameter 2 of `Base.route`' }]);
    expect(lostParametersIn([Heir])).toEqual([{ name: 'parameter 2 of `Heir.route`' }]);
  });

  it('is not lost with a type, a default value, or a decorator', () => {
    class Kept {
      @Post()
      byType(@Body() _body: object, _tasks: BackgroundTasks): void {}

      @Post()
      decorated(@Body() _body: object, @Tasks() _tasks: unknown): void {}

      @Get()
      otherType(@Param('id') _id: string, _name: string, _mails: Map<string, string>): void {}

      @Get()
      byDefault(@Param('id') _id: string, _options: object = {}, _more?: unknown): void {}

      @Get()
      rest(@Param('id') _id: string, ..._rest: unknown[]): void {}
    }
    expect(lostIn(Kept)).toEqual([]);
  });

  it('is not lost where none is decorated: Nest passes what it has by position', () => {
    class ByPosition {
      @Get()
      route(_request: object, _response: object): void {}

      @MessagePattern('x')
      message(_data: unknown): void {}

      @SubscribeMessage('x')
      event(_client: object, _data: unknown): void {}

      @Query(() => String)
      resolver(_root: unknown, _args: unknown): void {}
    }
    expect(lostIn(ByPosition)).toEqual([]);
  });

  it('is not lost in a method that is no handler: its caller may pass it', () => {
    class Others {
      @SetMetadata('traced', true)
      traced(@Body() _body: object, _tasks: unknown): void {}
    }
    expect(lostIn(Others)).toEqual([]);
  });
});

describe('a parameter for BackgroundTasks', () => {
  it('is lost in a method that no request calls, whatever tells what it is for', () => {
    @Processor('mail')
    class Jobs {
      @Cron('0 3 * * *')
      nightly(_tasks: BackgroundTasks): void {}

      @OnEvent('x')
      event(_payload: object, _tasks: MyTasks): void {}

      @OnWorkerEvent('completed')
      completed(@Tasks() _tasks: unknown): void {}

      @SetMetadata('traced', true)
      process(_job: object, _tasks: BackgroundTasks): void {}

      @SetMetadata(Symbol('RABBIT_HANDLER'), {})
      mail(_message: object, _tasks: BackgroundTasks): void {}
    }
    expect(lostIn(Jobs)).toEqual([
      'nightly 1 @nestjs/schedule',
      'event 2 @nestjs/event-emitter',
      'completed 1 @nestjs/bullmq',
      'process 2 @nestjs/bullmq',
      'mail 2 @golevelup/nestjs-rabbitmq',
    ]);
  });

  it('is lost although a request calls the method, too', () => {
    @Controller()
    class Both {
      @Get()
      @Cron('0 3 * * *')
      nightly(_tasks: BackgroundTasks): void {}
    }
    expect(lostIn(Both)).toEqual(['nightly 1 @nestjs/schedule']);
  });

  it('is not lost with a default value, or where somebody else may call the method', () => {
    class Fine {
      @Cron('0 3 * * *')
      nightly(_tasks: BackgroundTasks = new BackgroundTasks()): void {}

      @OnEvent('x')
      event(_payload: object, _name: string): void {}

      @SetMetadata('traced', true)
      traced(_id: string, _tasks: BackgroundTasks): void {}

      plain(_tasks: BackgroundTasks): void {}
    }
    expect(lostIn(Fine)).toEqual([]);
  });
});
