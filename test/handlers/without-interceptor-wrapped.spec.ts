import { describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Module, type NestModule, type OnModuleInit, UseFilters } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner, Tasks } from 'nestjs-background-tasks';
import { platforms, type Prepare, request } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { AnswersFine, add, meansOf, startWith, visit } from './without-interceptor/means.js';
import {
  inTransaction,
  type Method,
  proxied,
  put,
  siteWith,
  withAllThatIsWritten,
  wrapHandlers,
  wrapping,
  wraps,
} from './without-interceptor/wrapping.js';

describe.each(platforms)('on $name, a handler is followed', (platform) => {
  // a proxy around a method that nothing stands in for has nothing of what is written about it
  it.each(wraps.filter(([, wrap]) => wrap !== proxied))('that a decorator calls %s', async (_, wrap, expected) => {
    const site = siteWith(wrapping(wrap));
    expect((await visit(await startWith(platform, { controllers: [site] }), '/handler')).events).toEqual(expected);
    expect(meansOf(site, 'handler')).toBe('stand-in');
  });

  it.each(wraps)(
    'that somebody calls %s who has patched its class while routes are configured',
    async (_, wrap, expected) => {
      const site = siteWith();
      @Module({})
      class Patches implements NestModule {
        configure(): void {
          expect(meansOf(site, 'handler')).toBe('stand-in');
          put(site.prototype as object, 'handler', wrap);
        }
      }
      const running = await startWith(platform, { controllers: [site], imports: [Patches] });
      const { events } = await visit(running, '/handler', '/handler');
      expect(events).toEqual([...expected, ...expected]);
      expect(running.logger.ofTasks('error')).toEqual([]);
    },
  );

  it.each(wraps)(
    'that somebody calls %s who wraps what Nest makes routes of, as OpenTelemetry',
    async (_, wrap, expected) => {
      const site = siteWith();
      const running = await startWith(platform, { controllers: [site] }, {}, (app) => wrapHandlers(app, wrap));
      const { events } = await visit(running, '/handler', '/handler');
      expect(events).toEqual([...expected, ...expected]);
      expect(meansOf(site, 'handler')).toBe('stand-in');
    },
  );

  it('that somebody has patched who is too late for Nest, and who calls it', async () => {
    @Controller()
    class Site {
      @Get('calls')
      async calls(@Tasks() tasks: BackgroundTasks): Promise<string> {
        await expect(this.handler(tasks)).rejects.toThrow('on purpose');
        return 'fine';
      }

      @Get('handler')
      @UseFilters(AnswersFine)
      async handler(@Tasks() tasks: BackgroundTasks): Promise<void> {
        await Promise.resolve();
        add(tasks, 'task');
        throw new Error('on purpose');
      }
    }
    @Module({})
    class Patches implements OnModuleInit {
      onModuleInit(): void {
        put(Site.prototype, 'handler', inTransaction);
      }
    }
    const running = await startWith(platform, { controllers: [Site], imports: [Patches] });
    const { events } = await visit(running, '/handler', '/calls');
    expect(events).toEqual(['task after failure', 'begin', 'end', 'task after success']);
  });

  it('that tests spy on, before the start, after it, and no more', async () => {
    const site = siteWith();
    const prototype = site.prototype as { handler: Method };
    const own = prototype.handler;
    const before = jest.spyOn(prototype, 'handler');
    withAllThatIsWritten(own, before as unknown as Method);
    const first = await startWith(platform, { controllers: [site] });
    expect((await visit(first, '/handler')).events).toEqual(['task undefined after failure']);
    expect(before).toHaveBeenCalledTimes(1);
    expect(prototype.handler).toHaveBeenCalledTimes(1);
    before.mockRestore();
    expect(prototype.handler).toBe(own);
    await startWith(platform, { controllers: [site] });
    const after = jest.spyOn(prototype, 'handler');
    // it has nothing that is written about the method, and Nest would not know it
    withAllThatIsWritten(own, after as unknown as Method);
    const second = await startWith(platform, { controllers: [site] });
    timeline.clear();
    expect((await visit(second, '/handler')).events).toEqual(['task undefined after failure']);
    expect(after).toHaveBeenCalledTimes(1);
  });

  it('that tests spy on in the instance', async () => {
    const site = siteWith();
    const spies: unknown[] = [];
    const spy: Prepare = (app) => void spies.push(jest.spyOn(app.get<{ handler: Method }>(site), 'handler'));
    const running = await startWith(platform, { controllers: [site] }, {}, spy);
    expect((await visit(running, '/handler')).events).toEqual(['task undefined after failure']);
    expect(spies[0]).toHaveBeenCalledTimes(1);
    expect(meansOf(site, 'handler')).toBe('interceptor');
  });

  it('that tests override as a provider: it stays what it is', async () => {
    const site = siteWith();
    const testing = await Test.createTestingModule({
      controllers: [site],
      providers: [site],
      imports: [BackgroundTasksModule],
    })
      .overrideProvider(site)
      .useValue({ handler: () => 'instead' })
      .compile();
    const app = testing.createNestApplication(platform.adapter());
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as { address(): { port: number } }).address();
    expect((await request({ port }, '/handler')).body).toBe('Error: on purpose');
    await app.get(BackgroundTasksRunner).idle();
    expect(timeline.events).toEqual(['task undefined after failure']);
    await app.close();
  });
});
