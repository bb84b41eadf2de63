import { describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  Inject,
  Injectable,
  Query,
  Redirect,
  SetMetadata,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { AnswersFine, add, meansOf, methodOf, startWith, visit } from './without-interceptor/means.js';

const MARK = Symbol('of somebody');
const marks: MethodDecorator = (_, __, { value }: PropertyDescriptor) => {
  Reflect.defineMetadata(MARK, 'marked', value as object);
  Object.assign(value as object, { own: 'property' });
};

const SWAGGER = 'swagger/apiOperation';

/** What a guard finds written about the handler that it is asked about. */
@Injectable()
class Looks implements CanActivate {
  static found: unknown;

  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    Looks.found = {
      roles: this.reflector.get<unknown>('roles', handler),
      merged: this.reflector.getAllAndMerge<unknown[]>('roles', [handler, context.getClass()]),
      mark: [MARK, SWAGGER].map((key): unknown => Reflect.getMetadata(key, handler)),
      ownMark: [MARK, SWAGGER].map((key): unknown => Reflect.getOwnMetadata(key, handler)),
      written: Reflect.getMetadata('late', handler) as unknown,
      names: [handler.name, handler.length, Reflect.get(handler, 'own'), Object.keys(handler)],
      isIt: handler === methodOf(context.getClass(), 'marked'),
      looks: ['prototype' in handler, Object.prototype.toString.call(handler)],
    };
    return true;
  }
}

describe.each(platforms)('on $name, the method that stands in for that of a handler', (platform) => {
  it('has all that is written about it, now and later, and looks like it', async () => {
    @Controller()
    class Site {
      @Get('marked')
      @HttpCode(203)
      @Header('x-marked', 'yes')
      @SetMetadata('roles', ['admin'])
      @SetMetadata(SWAGGER, { summary: 'what it does' })
      @marks
      @UseGuards(Looks)
      async marked(@Query('q') query: string, tasks: BackgroundTasks): Promise<string> {
        add(tasks, 'marked');
        return query;
      }

      @Get('redirect')
      @Redirect('/elsewhere', 307)
      redirect(tasks: BackgroundTasks): void {
        add(tasks, 'redirect');
      }
    }
    const running = await startWith(platform, { controllers: [Site] });
    Reflect.defineMetadata('late', 'too', methodOf(Site, 'marked'));
    const { status, headers, body } = await request(running, '/marked?q=fine');
    expect([status, headers['x-marked'], body]).toEqual([203, 'yes', 'fine']);
    expect(Looks.found).toEqual({
      roles: ['admin'],
      merged: ['admin'],
      mark: ['marked', { summary: 'what it does' }],
      ownMark: ['marked', { summary: 'what it does' }],
      written: 'too',
      names: ['marked', 2, 'property', ['own']],
      isIt: true,
      looks: [false, '[object AsyncFunction]'],
    });
    expect(await request(running, '/redirect')).toMatchObject({ status: 307, headers: { location: '/elsewhere' } });
    expect(meansOf(Site, 'marked')).toBe('stand-in');
    await running.runner.idle();
    expect(timeline.events).toEqual(['marked after success', 'redirect after success']);
  });

  it('follows one call where an heir has inherited it, has overridden it, or calls it from another', async () => {
    class Base {
      @Get('inherited')
      inherited(@Tasks() tasks: BackgroundTasks): string {
        add(tasks, 'inherited');
        throw new Error('inherited');
      }

      @Get('overridden')
      overridden(@Tasks() tasks: BackgroundTasks): string {
        add(tasks, 'of the base');
        throw new Error('overridden');
      }
    }
    @Controller('heir')
    @UseFilters(AnswersFine)
    class Heir extends Base {
      @Get('overridden')
      override overridden(@Tasks() tasks: BackgroundTasks): string {
        expect(() => super.overridden(tasks)).toThrow('overridden');
        add(tasks, 'of the heir');
        return 'fine';
      }

      @Get('calls')
      calls(@Tasks() tasks: BackgroundTasks): string {
        expect(() => this.inherited(tasks)).toThrow('inherited');
        return 'fine';
      }
    }
    @Controller('base')
    @UseFilters(AnswersFine)
    class Site extends Base {}
    const running = await startWith(platform, { controllers: [Heir, Site] });
    const { events } = await visit(running, '/heir/inherited', '/heir/overridden', '/heir/calls', '/base/overridden');
    expect(events).toEqual([
      'inherited after failure',
      'of the base after success',
      'of the heir after success',
      'inherited after success',
      'of the base after failure',
    ]);
    expect(['inherited', 'overridden', 'calls'].map((key) => meansOf(Heir, key))).toEqual(Array(3).fill('stand-in'));
    expect(running.runner.stats()).toMatchObject({ succeeded: 5, skipped: 0, batches: 0 });
  });
});
