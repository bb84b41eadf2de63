import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, type PipeTransform, Query, Scope, UseFilters } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { AnswersFine, add, meansOf, startWith, visit } from './without-interceptor/means.js';

let entered: Deferred;
let release: Deferred;

beforeEach(() => {
  entered = deferred();
  release = deferred();
});

const nextTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
};

function siteAtWork() {
  @Controller()
  class Site {
    @Get('slow')
    async slow(@Tasks() tasks: BackgroundTasks): Promise<string> {
      add(tasks, 'first');
      entered.resolve();
      await release.promise;
      timeline.mark('end');
      add(tasks, 'last');
      return 'fine';
    }
  }
  return Site;
}

/** Adds to the tasks of a handler before it is called. */
@Injectable()
class Adds implements PipeTransform {
  transform(value: unknown): unknown {
    if (value instanceof BackgroundTasks) add(value, 'pipe');
    if (value === 'x') throw new Error('in the pipe');
    return value;
  }
}

function sitePiped() {
  @Controller()
  @UseFilters(AnswersFine)
  class Site {
    @Get('handler')
    handler(@Query('id') id: string, @Tasks() tasks: BackgroundTasks): string {
      add(tasks, 'handler');
      if (id === 'throws') throw new Error('on purpose');
      return 'fine';
    }
  }
  return Site;
}

describe.each(platforms)('on $name, where a handler without an interceptor is at work,', (platform) => {
  it('idle() waits for it', async () => {
    const site = siteAtWork();
    const running = await startWith(platform, { controllers: [site] });
    const answer = request(running, '/slow');
    await entered.promise;
    const idle = running.runner.idle().then(() => timeline.mark('idle'));
    await nextTurns();
    expect(timeline.events).toEqual([]);
    release.resolve();
    await Promise.all([answer, idle]);
    expect(timeline.events).toEqual(['end', 'first after success', 'last after success', 'idle']);
    expect(meansOf(site, 'slow')).toBe('stand-in');
  });

  it('the shutdown waits for it, and says so', async () => {
    const site = siteAtWork();
    const running = await startWith(platform, { controllers: [site] });
    const answer = request(running, '/slow');
    await entered.promise;
    const closed = running.app.close().then(() => timeline.mark('closed'));
    await nextTurns();
    expect(timeline.events).toEqual([]);
    release.resolve();
    expect((await answer).body).toBe('fine');
    await closed;
    expect(timeline.events).toEqual(['end', 'first after success', 'last after success', 'closed']);
    expect(running.logger.ofTasks('log').map(({ message }) => String(message))).toEqual([
      expect.stringContaining('waits for 1 background task ("note") and 1 handler at work'),
    ]);
  });

  it.each([
    ['request', Scope.REQUEST],
    ['default', Scope.DEFAULT],
  ] as const)('a global pipe may have added to its tasks before, with %s scope', async (_, scope) => {
    const site = sitePiped();
    const metadata = { controllers: [site], providers: [{ provide: APP_PIPE, useClass: Adds }] };
    const running = await startWith(platform, metadata, { scope });
    const { events } = await visit(running, '/handler', '/handler?id=throws');
    expect(events).toEqual(
      ['pipe', 'handler']
        .map((each) => `${each} after success`)
        .concat(['pipe', 'handler'].map((each) => `${each} after failure`)),
    );
    expect(meansOf(site, 'handler')).toBe('stand-in');
  });

  it('nothing is at work yet when a pipe throws: the status says how it was, which a filter may have made 200', async () => {
    const metadata = { controllers: [sitePiped()], providers: [{ provide: APP_PIPE, useClass: Adds }] };
    const running = await startWith(platform, metadata);
    expect(await visit(running, '/handler?id=x')).toEqual({
      bodies: ['Error: in the pipe'],
      events: ['pipe after success'],
    });
    expect(running.runner.stats()).toMatchObject({ succeeded: 1, batches: 0, pending: 0 });
  });

  it('its tasks are those of its request, however many there are at the same time', async () => {
    @Controller()
    class Site {
      constructor(@Inject('gate') private readonly gate: Deferred) {}

      @Get('id')
      @UseFilters(AnswersFine)
      async id(@Query('id') id: string, @Tasks() tasks: BackgroundTasks): Promise<string> {
        add(tasks, `${id} first`);
        if (id === '3') this.gate.resolve();
        await this.gate.promise;
        add(tasks, `${id} last`);
        if (id === '2') throw new Error('on purpose');
        return id;
      }
    }
    const providers = [{ provide: 'gate', useValue: release }];
    const running = await startWith(platform, { controllers: [Site], providers });
    await Promise.all(['1', '2', '3'].map((id) => request(running, `/id?id=${id}`)));
    await running.runner.idle();
    const of = (id: string) => timeline.events.filter((event) => event.startsWith(id));
    expect(['1', '2', '3'].map(of)).toEqual([
      ['1 first after success', '1 last after success'],
      ['2 first after failure', '2 last after failure'],
      ['3 first after success', '3 last after success'],
    ]);
  });
});
