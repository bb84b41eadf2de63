import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTasksEvents } from 'nestjs-background-tasks';
import type { Observable } from 'rxjs';
import { type Platform, platforms, request, type Running } from '../harness/application.js';
import { timeline } from '../harness/audit.js';
import { Connection } from '../harness/connection.js';
import { nest } from '../harness/nest.js';
import { meansOf, startWith } from './without-interceptor/means.js';
import { released, resultsSite, startAgain } from './without-interceptor/results.js';

class Passes implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

const nothing = (): void => undefined;

const ways = platforms.flatMap((platform) =>
  (['stand-in', 'interceptor'] as const).map((means) => ({ name: platform.name, platform, means })),
);

/** Nest 12 streams async generators; on Nest 11 they are no answers. */
const onNest12 = nest.is12 ? it : it.skip;

/** Before, Nest does not know an observable of another rxjs where it comes through an interceptor. */
const whereKnown = nest.tearsDown ? it : it.skip;

/** Before Nest 11.2 a handler goes on, whether or not its client is there. */
const whereTornDown = nest.tearsDown ? it : it.skip;

beforeEach(startAgain);

describe.each(ways)('on $name, followed by: $means, the tasks', ({ platform, means }) => {
  const site: Type<object> = resultsSite(means === 'stand-in' ? nothing : UseInterceptors(Passes));

  async function started(key: string, on: Platform = platform): Promise<Running> {
    const running = await startWith(on, { controllers: [site] });
    expect(meansOf(site, key)).toBe(means);
    return running;
  }

  /** Of one request: the status, the body, and what happened. */
  async function answerOf(key: string, path = key): Promise<unknown[]> {
    const running = await started(key);
    const { status, body } = await request(running, `/${path}`);
    await running.runner.idle();
    return [status, body, ...timeline.events];
  }

  it.each<[string, number, string, ...string[]]>([
    ['value', 200, '{"fine":true}', 'entered', 'task after success'],
    ['undefined', 200, '', 'entered', 'task after success'],
    ['promise', 200, 'fine', 'entered', 'task after success'],
    ['own-promise', 200, 'fine', 'entered', 'task after success'],
    ['rejected', 200, 'Error: on purpose', 'entered', 'task after failure'],
    ['throws', 200, 'Error: on purpose', 'entered', 'task after failure'],
    ['lazy', 200, 'lazy', 'entered', 'begun', 'task after success'],
    ['one', 200, 'one', 'entered', 'end', 'task after success'],
    ['many', 200, 'two', 'entered', 'end', 'task after success'],
    ['error', 200, 'Error: on purpose', 'entered', 'end', 'task after failure'],
    ['late-error', 200, 'Error: on purpose', 'entered', 'end', 'task after failure'],
    ['promised-one', 200, 'one', 'entered', 'end', 'task after success'],
    ['promised-error', 200, 'Error: on purpose', 'entered', 'end', 'task after failure'],
    ['file', 200, 'begin', 'entered', 'task after success'],
    ['sse', 200, '\nid: 1\ndata: one\n\n', 'entered', 'end', 'task after success'],
    ['promised-sse', 200, '\nid: 1\ndata: one\n\n', 'entered', 'end', 'task after success'],
  ])('of a handler that returns %s', async (key, ...expected) => {
    expect(await answerOf(key)).toEqual(expected);
  });

  whereKnown('of one that returns an observable of another rxjs (known since Nest 11.2)', async () => {
    expect(await answerOf('foreign')).toEqual([200, 'one', 'entered', 'end', 'task after success']);
  });

  onNest12('of one that returns an async generator (streamed since Nest 12)', async () => {
    expect(await answerOf('generator')).toEqual([200, 'onetwo', 'entered', 'task after success']);
  });

  it.each<[string, string, string]>([
    ['an empty observable', 'empty', 'success'],
    // on Fastify, no filter is asked
    ['what cannot be sent', 'cyclic', platform.isFastify ? 'failure' : 'success'],
    ['events that fail', 'sse-error', 'failure'],
  ])('of one that returns %s', async (_, key, outcome) => {
    expect((await answerOf(key)).at(-1)).toBe(`task after ${outcome}`);
  });

  it.each<[string, string, number, string]>([
    ['returns a 404', 'notFound', 404, 'success'],
    ['sends an error once it has returned', 'sendsError', 500, 'failure'],
  ])('of one that %s', async (_, key, status, outcome) => {
    const path = key.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
    const answer = await answerOf(key, path);
    expect([answer[0], answer.at(-1)]).toEqual([status, `task after ${outcome}`]);
  });

  it('wait for what a handler goes on with whose response is over', async () => {
    const running = await started('sendsAndGoesOn');
    running.app.get(BackgroundTasksEvents).events$.subscribe(({ type }) => {
      if (type === 'settled') timeline.mark(type);
    });
    // kept open: the client's leaving would end it
    const connection = await Connection.open(running);
    connection.send('/sends-and-goes-on');
    await connection.receives('fine');
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(timeline.events).toEqual([]);
    released().resolve();
    await running.runner.idle();
    expect(timeline.events).toEqual(['end', 'settled', 'task after success']);
    connection.hangUp();
  });

  /** What has happened when the client has left as soon as the handler was at work. */
  async function eventsAfterLeaving(key: string, received?: string): Promise<string[]> {
    const running = await started(key);
    const connection = await Connection.open(running);
    connection.send(`/${key}`);
    await timeline.until('entered');
    if (received !== undefined) await connection.receives(received);
    connection.hangUp();
    await running.timeline.until('close');
    released().resolve();
    await running.runner.idle();
    return timeline.events;
  }

  for (const key of ['never', 'promised-never', 'slow-observable']) {
    whereTornDown(`of one whose client leaves: ${key} (since Nest 11.2)`, async () => {
      expect((await eventsAfterLeaving(key)).at(-1)).toBe('task after failure');
    });
  }

  it.each([
    ['slow', undefined, 'success'],
    ['slow-rejected', undefined, 'failure'],
    ['endless-sse', 'data: one', 'success'],
    ['endless-promised-sse', 'data: one', 'success'],
  ])('of one whose client leaves: %s', async (key, received, outcome) => {
    const events = await eventsAfterLeaving(key, received);
    expect(events.filter((event) => event !== 'end')).toEqual(['entered', `task after ${outcome}`]);
  });
});
