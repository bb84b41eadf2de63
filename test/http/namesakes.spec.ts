import http from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Res } from '@nestjs/common';
import { BackgroundTask, BackgroundTasks, BackgroundTasksEvents, currentTask, Tasks } from 'nestjs-background-tasks';
import { platforms, type Prepare, type Reply, request, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { useMiddleware } from '../harness/nest.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let entered: Deferred;
let release: Deferred;

beforeEach(() => {
  timeline = new Timeline();
  entered = deferred();
  release = deferred();
});

function note(name: string): void {
  const { outcome, aborted } = currentTask() ?? {};
  timeline.mark(`${name}: ${outcome}${aborted ? ' aborted' : ''}`);
}

type Carrier = Record<string, unknown>;

/** What users put on a request or response for themselves, under names that others use for something else. */
const NAMESAKES: Record<string, (request: Carrier, response: Carrier) => void> = {
  'a stream as `res.stream`': (_, response) => (response['stream'] = Readable.from(['x'])),
  'a destroyed stream as `res.stream`': (_, response) => (response['stream'] = Readable.from(['x']).destroy()),
  'bytes as `res.raw`': (_, response) => (response['raw'] = Buffer.from('x')),
  'a response as `res.raw`': (_, response) => (response['raw'] = new http.ServerResponse(another())),
  'bytes as `req.raw`': (incoming) => (incoming['raw'] = Buffer.from('x')),
  'a request as `req.raw`': (incoming) => (incoming['raw'] = another()),
  'a stream as `req.stream`': (incoming) => (incoming['stream'] = Readable.from(['x'])),
};

function another(): http.IncomingMessage {
  return Object.assign(new http.IncomingMessage(new Socket()), { method: 'GET' });
}

@Controller()
class Streams {
  @Get() async stream(@Res() reply: Reply, @Tasks() tasks: BackgroundTasks) {
    tasks.addTask(note, 'by parameter').with({ runOn: 'always' });
    reply.background = new BackgroundTask(note, 'attached').with({ runOn: 'always' });
    entered.resolve();
    void release.promise.then(() => reply.send('fine'));
  }
}

/** Turns of the event loop, in which whatever could run too early has its chance. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const cases = Object.keys(NAMESAKES).flatMap((what) => [
  [what, 'after a task'] as const,
  [what, 'before any'] as const,
]);

describe.each(platforms)('on $name, the tasks of a response', (platform) => {
  it.each(cases)('are one batch, and wait for its end, where somebody keeps %s, %s', async (what, when) => {
    const isAfterTask = when === 'after a task';
    const keep: Prepare = (app) =>
      useMiddleware(app, (incoming: Carrier, response: Carrier, next) => {
        if (isAfterTask) response['background'] = new BackgroundTask(note, 'before').with({ runOn: 'always' });
        NAMESAKES[what]?.(incoming, response);
        next();
      });
    const running = await start(platform, { controllers: [Streams] }, keep);
    let settled = 0;
    running.app.get(BackgroundTasksEvents).events$.subscribe(({ type }) => (settled += type === 'settled' ? 1 : 0));
    const answer = request(running, '/');
    await entered.promise;
    await turns();
    expect(timeline.events).toEqual([]);
    release.resolve();
    expect((await answer).body).toBe('fine');
    await running.runner.idle();
    const before = isAfterTask ? ['before: success'] : [];
    expect(timeline.events).toEqual([...before, 'by parameter: success', 'attached: success']);
    expect(settled).toBe(1);
  });
});
