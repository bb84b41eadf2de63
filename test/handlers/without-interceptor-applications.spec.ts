import { describe, expect, it } from '@jest/globals';
import { type CallHandler, Controller, type ExecutionContext, Get, type NestInterceptor, Res } from '@nestjs/common';
import { BackgroundTask, type BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import type { Observable } from 'rxjs';
import { platforms, type Prepare, type Reply, request } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { add, meansOf, methodOf, startWith, visit } from './without-interceptor/means.js';
import { siteWith } from './without-interceptor/wrapping.js';

const nothing = (): void => undefined;

class Passes implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

const passing: Prepare = (app) => void app.useGlobalInterceptors(new Passes());

describe.each(platforms)('on $name, two applications that share a controller', (platform) => {
  it.each<[string, Prepare[]]>([
    ['without an interceptor', [nothing, nothing]],
    ['of which the second has an interceptor', [nothing, passing]],
    ['of which the first has an interceptor', [passing, nothing]],
  ])('follow each their own: %s', async (_, prepares) => {
    const site = siteWith();
    const runnings = [];
    for (const prepare of prepares) runnings.push(await startWith(platform, { controllers: [site] }, {}, prepare));
    for (const [index, running] of [...runnings, ...runnings].entries()) {
      timeline.clear();
      expect((await visit(running, '/handler')).events).toEqual(['task undefined after failure']);
      expect(running.runner.stats()).toMatchObject({ succeeded: index < 2 ? 1 : 2, batches: 0 });
    }
  });

  it('and of which one hands its request to the other, follow each their own', async () => {
    const handlers: Array<(request: unknown, response: unknown) => void> = [];
    @Controller()
    class Inner {
      @Get('inner')
      inner(@Tasks() tasks: BackgroundTasks): string {
        add(tasks, 'inner');
        return 'fine';
      }

      @Get('attached')
      attached(@Res({ passthrough: true }) reply: Reply): string {
        reply.background = new BackgroundTask(() => undefined);
        return 'fine';
      }
    }
    const inner = await startWith(platform, { controllers: [Inner] });
    handlers.push((incoming, response) => {
      const server = inner.app.getHttpServer() as { emit(event: string, ...args: unknown[]): boolean };
      server.emit('request', incoming, response);
    });
    @Controller()
    class Outer {
      @Get(platform.isFastify ? '*' : '*path')
      async outer(
        @Res() reply: Reply & { req: unknown; hijack?(): void },
        @Tasks() tasks: BackgroundTasks,
      ): Promise<void> {
        add(tasks, 'outer');
        reply.hijack?.();
        const raw = reply.raw ?? reply;
        const over = new Promise((resolve) => (raw as NodeJS.EventEmitter).once('finish', resolve));
        handlers[0]?.((raw as unknown as { req: unknown }).req, raw);
        await over;
      }
    }
    const outer = await startWith(platform, { controllers: [Outer] });
    for (const path of ['/inner', '/attached']) expect((await request(outer, path)).body).toBe('fine');
    await Promise.all([inner.runner.idle(), outer.runner.idle()]);
    expect([inner, outer].map(({ runner }) => runner.stats().succeeded)).toEqual([2, 2]);
    expect(timeline.events.toSorted()).toEqual(['inner after success', 'outer after success', 'outer after success']);
    expect([meansOf(Inner, 'inner'), meansOf(Outer, 'outer')]).toEqual(['stand-in', 'stand-in']);
    expect(methodOf(Inner, 'inner').name).toBe('inner');
  });
});
