import { describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  Get,
  HttpCode,
  Injectable,
  Res,
  Scope,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { platforms, type Prepare, type Reply } from '../harness/application.js';
import { Audit, timeline } from '../harness/audit.js';
import { deferred } from '../harness/deferred.js';
import { useMiddleware } from '../harness/nest.js';
import { AnswersFine, add, meansOf, startWith, task, visit } from './without-interceptor/means.js';

describe.each(platforms)('on $name, the method that stands in for that of a handler', (platform) => {
  it('follows nothing that calls it when its call is over', async () => {
    const [release, ended] = [deferred(), deferred()];
    @Controller()
    class Site {
      @Get('late')
      late(@Tasks() tasks: BackgroundTasks): string {
        void release.promise.then(() => this.throws(tasks)).catch(() => ended.resolve());
        add(tasks, 'late');
        return 'fine';
      }

      @Get('throws')
      throws(@Tasks() tasks: BackgroundTasks): void {
        add(tasks, 'later');
        throw new Error('on purpose');
      }

      @Get('attaches')
      attaches(@Res({ passthrough: true }) reply: Reply): string {
        void release.promise.then(() => this.attachesAndThrows(reply)).catch(() => ended.resolve());
        reply.background = task('late');
        return 'fine';
      }

      @Get('attaches-and-throws')
      async attachesAndThrows(@Res({ passthrough: true }) reply: Reply): Promise<void> {
        await Promise.resolve();
        reply.background = task('later');
        throw new Error('on purpose');
      }
    }
    const running = await startWith(platform, { controllers: [Site] });
    for (const path of ['/late', '/attaches']) await visit(running, path);
    release.resolve();
    await ended.promise;
    await timeline.until('later after success', 2);
    expect(timeline.events.toSorted()).toEqual([
      ...Array(2).fill('late after success'),
      ...Array(2).fill('later after success'),
    ]);
    expect(meansOf(Site, 'attachesAndThrows')).toBe('stand-in');
  });

  it('has the response lead to its call, with passthrough and without', async () => {
    @Controller()
    @UseFilters(AnswersFine)
    class Site {
      @Get('passthrough')
      @HttpCode(404)
      passthrough(@Res({ passthrough: true }) reply: Reply): string {
        reply.background = task('passthrough');
        return 'not here';
      }

      @Get('sends')
      sends(@Res() reply: Reply): void {
        reply.background = task('sends');
        reply.status(404).send('not here');
      }

      @Get('throws')
      throws(@Res() reply: Reply): void {
        reply.background = task('throws');
        throw new Error('on purpose');
      }
    }
    // on Express, the response has nothing there of its own
    const keeps: Prepare = (app) =>
      useMiddleware(app, (_: unknown, response: object, next) => {
        if (!platform.isFastify) Object.assign(response, { request: { method: 'of somebody' } });
        next();
      });
    const running = await startWith(platform, { controllers: [Site] }, {}, keeps);
    const { events } = await visit(running, '/passthrough', '/sends', '/throws');
    expect(events).toEqual(['passthrough after success', 'sends after success', 'throws after failure']);
    expect(['passthrough', 'sends', 'throws'].map((key) => meansOf(Site, key))).toEqual(Array(3).fill('stand-in'));
  });

  it('finds its request by async context with Scope.DEFAULT, whoever adds the tasks', async () => {
    @Injectable()
    class Adds implements CanActivate {
      constructor(private readonly audit: Audit) {}

      canActivate(): boolean {
        this.audit.write('guard');
        return true;
      }
    }
    @Controller()
    class Injecting {
      constructor(private readonly tasks: BackgroundTasks) {}

      @Get('constructor')
      @HttpCode(404)
      async injected(): Promise<string> {
        await Promise.resolve();
        add(this.tasks, 'constructor');
        return 'not here';
      }
    }
    @Controller()
    class Others {
      constructor(private readonly audit: Audit) {}

      @Get('service')
      @HttpCode(404)
      service(): string {
        this.audit.write('service');
        return 'not here';
      }

      @Get('guard')
      @HttpCode(404)
      @UseGuards(Adds)
      guarded(): string {
        return 'not here';
      }
    }
    const metadata = { controllers: [Injecting, Others], providers: [Audit, Adds] };
    const running = await startWith(platform, metadata, { scope: Scope.DEFAULT });
    const { events } = await visit(running, '/constructor', '/service', '/guard');
    expect(events).toEqual(['constructor after success', 'service after success', 'guard after success']);
    const means = [meansOf(Injecting, 'injected'), meansOf(Others, 'service'), meansOf(Others, 'guarded')];
    expect(means).toEqual(Array(3).fill('stand-in'));
  });
});
