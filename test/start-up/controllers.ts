import { Controller, Get, HttpCode, Inject, Query, Res, type Type } from '@nestjs/common';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import type { Reply } from '../harness/application.js';
import { Bound } from './holders.js';

export const nothing = (): void => undefined;

export interface Decorators {
  readonly onClass?: ClassDecorator;
  readonly onHandler?: MethodDecorator;
}

/** A new class each time: what is bound to a class stays there. */
export function controllerWith({ onClass = nothing, onHandler = nothing }: Decorators): Type {
  @Controller()
  @onClass
  class Some {
    @Get('decorated')
    @HttpCode(404)
    @onHandler
    decorated(): string {
      return 'not here';
    }

    @Get('plain')
    @HttpCode(404)
    plain(): string {
      return 'not here';
    }
  }
  return Some;
}

export function controllerThatInjects(token: unknown): Type {
  @Controller()
  class Injecting {
    constructor(@Inject(token as symbol) readonly holder: unknown) {}

    @Get('injecting')
    @HttpCode(404)
    injecting(): string {
      return 'not here';
    }
  }
  return Injecting;
}

export function handlersWithParameters(): Type {
  abstract class Inherited {
    @Get('inherited')
    @HttpCode(404)
    inherited(value: BackgroundTasks): string {
      return `not here: ${typeof value}`;
    }

    @Get('inherited-plain')
    @HttpCode(404)
    inheritedPlain(): string {
      return 'not here';
    }
  }

  @Controller()
  class Parameters extends Inherited {
    @Get('by-type')
    @HttpCode(404)
    byType(value: BackgroundTasks): string {
      return `not here: ${typeof value}`;
    }

    @Get('by-decorator')
    @HttpCode(404)
    byDecorator(@Tasks() value: unknown): string {
      return `not here: ${typeof value}`;
    }

    @Get('response')
    @HttpCode(404)
    response(@Res({ passthrough: true }) value: Reply): string {
      return `not here: ${typeof value}`;
    }

    @Get('piped')
    @HttpCode(404)
    piped(@Query('name', Bound) value: string): string {
      return `not here: ${typeof value}`;
    }

    @Get('plain')
    @HttpCode(404)
    plain(@Query('name') value: string): string {
      return `not here: ${typeof value}`;
    }
  }
  return Parameters;
}
