import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Controller, type ExecutionContext, Get, UseGuards } from '@nestjs/common';
import { BackgroundTask, currentTask } from 'nestjs-background-tasks';
import { fastifyHttp2, type Platform, platforms, type Reply, type Running, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

type RawRequest = IncomingMessage | Http2ServerRequest;
type RawResponse = ServerResponse | Http2ServerResponse;

/** Has somebody end the response as soon as its client has left. */
type Ends = (request: RawRequest, response: RawResponse, end: () => void) => void;

let timeline: Timeline;
let entered: Deferred;
let release: Deferred;
let ends: Ends;

beforeEach(() => {
  timeline = new Timeline();
  [entered, release] = [deferred(), deferred()];
});

/** It is at work when the client leaves, so that no handler is entered. */
class Guard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const reply = context.switchToHttp().getResponse<Reply & { raw?: RawResponse }>();
    const request = context.switchToHttp().getRequest<RawRequest & { raw?: RawRequest }>();
    const response = reply.raw ?? (reply as unknown as RawResponse);
    const note = (): void => timeline.mark(`${currentTask()?.outcome}${currentTask()?.aborted ? ' aborted' : ''}`);
    reply.background = new BackgroundTask(note).with({ runOn: 'always' });
    ends(request.raw ?? request, response, () => void response.end());
    entered.resolve();
    await release.promise;
    return false;
  }
}

@Controller()
class Guarded {
  @Get()
  @UseGuards(Guard)
  guarded(): void {}
}

const SOMEBODY: ReadonlyArray<[string, Ends]> = [
  ['nobody', () => undefined],
  ['who listens to its request', (request, _, end) => request.on('close', end)],
  ['who listens to its request being aborted', (request, _, end) => request.on('aborted', end)],
  ['who listens to it before us', (_, response, end) => response.prependListener('close', end)],
  ['who listens to it after us', (_, response, end) => response.on('close', end)],
];

async function leave({ port }: Running, { name }: Platform): Promise<void> {
  if (name !== fastifyHttp2.name) {
    const request = http.get({ port, agent: false }).on('error', () => undefined);
    await entered.promise;
    request.destroy();
    return;
  }
  const session = http2.connect(`http://127.0.0.1:${port}`);
  await once(session, 'connect');
  const stream = session.request({ ':path': '/' }).on('error', () => undefined);
  await entered.promise;
  stream.close(http2.constants.NGHTTP2_CANCEL);
  await once(stream, 'close');
  session.destroy();
}

describe.each([...platforms, fastifyHttp2])(
  'on $name, a response whose client has left before anything was sent',
  (platform) => {
    it.each([
      ...SOMEBODY,
      ...(platform === fastifyHttp2
        ? [
            [
              'who listens to its stream before us',
              (_: RawRequest, response: RawResponse, end: () => void) =>
                'stream' in response && response.stream.prependListener('close', end),
            ] as const,
          ]
        : [
            [
              'who listens to its connection before us',
              (request: RawRequest, _: RawResponse, end: () => void) => request.socket.prependListener('close', end),
            ] as const,
          ]),
    ])('was a failure, and aborted, although it was ended by somebody: %s', async (_, ended) => {
      ends = ended;
      const running = await start(platform, { controllers: [Guarded] });
      const closed = new Promise<void>((resolve) => {
        const before = ends;
        ends = (request, response, end) => {
          before(request, response, end);
          response.on('close', resolve);
        };
      });
      await leave(running, platform);
      await closed;
      release.resolve();
      await running.runner.idle();
      expect(timeline.events).toEqual(['failure aborted']);
    });
  },
);
