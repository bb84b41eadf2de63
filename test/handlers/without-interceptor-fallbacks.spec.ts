import { describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  Next,
  ParseIntPipe,
  type PipeTransform,
  Query,
  Scope,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { type BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import type { Observable } from 'rxjs';
import { express, platforms, type Prepare } from '../harness/application.js';
import { AnswersFine, add, meansOf, startWith, visit } from './without-interceptor/means.js';
import { type Decorated, making, nothing, siteWith } from './without-interceptor/sites.js';

class Passes implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Injectable({ scope: Scope.REQUEST })
class Scoped implements PipeTransform {
  canActivate(): boolean {
    return true;
  }

  transform(value: unknown): unknown {
    return value;
  }
}

const around: Array<[string, Decorated]> = [
  ['an interceptor is around it', { onHandler: UseInterceptors(Passes) }],
  ['an interceptor is around its controller', { onClass: UseInterceptors(Passes) }],
  ['its controller is request-scoped', { scope: Scope.REQUEST }],
  ['a guard is request-scoped', { onHandler: UseGuards(Scoped) }],
  ['a guard of its controller is request-scoped', { onClass: UseGuards(Scoped) }],
];

const globalInterceptor = (scope: Scope) => ({ provide: APP_INTERCEPTOR, useClass: Passes, scope });

describe.each(platforms)('on $name, a handler is followed, by whatever means,', (platform) => {
  const expectFollowed = async (site: Type<object>, providers: object[] = [], prepare?: Prepare): Promise<void> => {
    const metadata = { controllers: [site], providers: [Scoped, ...(providers as [])] };
    const running = await startWith(platform, metadata, {}, prepare);
    expect((await visit(running, '/handler', '/handler')).events).toEqual(Array(2).fill('handler after failure'));
  };

  it.each(making)('where it %s', async (_, make, means) => {
    const site = siteWith({ make });
    await expectFollowed(site);
    expect(meansOf(site, 'handler')).toBe(means);
  });

  it.each(around)('where %s', async (_, decorated) => {
    const site = siteWith(decorated);
    await expectFollowed(site);
    expect(meansOf(site, 'handler')).toBe('interceptor');
  });

  it.each([
    ['by its module', [globalInterceptor(Scope.DEFAULT)], undefined],
    ['for each request', [globalInterceptor(Scope.REQUEST)], undefined],
    ['by hand', [], (app) => void app.useGlobalInterceptors(new Passes())],
  ] as Array<[string, object[], Prepare | undefined]>)(
    'where an interceptor is around all, given %s',
    async (_, providers, prepare) => {
      const site = siteWith({});
      await expectFollowed(site, providers, prepare);
      expect(meansOf(site, 'handler')).toBe('interceptor');
    },
  );

  it('where a pipe is request-scoped', async () => {
    @Controller()
    @UseFilters(AnswersFine)
    class Piped {
      @Get('handler')
      handler(@Query('id', Scoped) _id: unknown, @Tasks() tasks: BackgroundTasks): string {
        add(tasks, 'handler');
        throw new Error('on purpose');
      }
    }
    await expectFollowed(Piped);
    expect(meansOf(Piped, 'handler')).toBe('interceptor');
  });

  it('unlike one whose pipe throws: it is not called, and what has been sent says how it was', async () => {
    @Controller()
    @UseFilters(AnswersFine)
    class Piped {
      @Get('handler')
      handler(@Query('id', ParseIntPipe) _id: number, @Tasks() tasks: BackgroundTasks): void {
        add(tasks, 'never');
      }
    }
    const running = await startWith(platform, { controllers: [Piped] });
    expect(await visit(running, '/handler?id=x')).toMatchObject({ events: [] });
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0 });
    expect(meansOf(Piped, 'handler')).toBe('stand-in');
  });
});

describe('on Express, a handler that hands its request on to another', () => {
  it.each<[string, MethodDecorator]>([
    ['of a controller with routes', nothing],
    ['of one with messages, too', MessagePattern('first')],
  ])('is followed by the interceptor, and so are all: %s', async (_, decorate) => {
    @Controller()
    class First {
      @Get('handler')
      first(@Next() next: () => void, @Tasks() tasks: BackgroundTasks): void {
        add(tasks, 'first');
        next();
      }

      @decorate
      other(): void {}
    }
    const second = siteWith({});
    const running = await startWith(express, { controllers: [First, second] });
    expect((await visit(running, '/handler')).events).toEqual(['first after success', 'handler after failure']);
    expect([meansOf(First, 'first'), meansOf(second, 'handler')]).toEqual(['interceptor', 'interceptor']);
  });
});
