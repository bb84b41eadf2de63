import { once } from 'node:events';
import http2 from 'node:http2';
import { describe, expect, it } from '@jest/globals';
import { fastifyHttp2, type Running } from '../harness/application.js';
import { scene } from './response-endings/current-scene.js';
import { startEndings } from './response-endings/endings.module.js';
import { expectNoTaskYet, expectTasksRan, handlerSettled } from './response-endings/expectations.js';

describe('the tasks of a response on Fastify with HTTP/2', () => {
  async function open({ port }: Running): Promise<http2.ClientHttp2Session> {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    await once(session, 'connect');
    return session;
  }

  it('run after a complete response', async () => {
    const running = await startEndings(fastifyHttp2);
    const session = await open(running);
    const stream = session.request({ ':path': '/json' });
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    expect(headers[':status' as keyof typeof headers]).toBe(200);
    await once(stream.resume(), 'close');
    session.destroy();
    await expectTasksRan(running, { outcome: 'success', after: ['finish', ...handlerSettled] });
  });

  it('run after a denied one, without a handler', async () => {
    const running = await startEndings(fastifyHttp2);
    const session = await open(running);
    await once(session.request({ ':path': '/denied' }).resume(), 'close');
    session.destroy();
    await expectTasksRan(running, { outcome: 'failure', after: ['finish'] });
  });

  it('wait for a Promise handler whose stream was cancelled', async () => {
    const running = await startEndings(fastifyHttp2);
    const session = await open(running);
    const stream = session.request({ ':path': '/slow' });
    await scene().entered.promise;
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await scene().timeline.until('close');
    await expectNoTaskYet();
    scene().release.resolve();
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: ['finish', ...handlerSettled] });
    session.destroy();
  });

  it.each([
    ['the stream is cancelled', (_: http2.ClientHttp2Session, stream: http2.ClientHttp2Stream) => stream.close(8)],
    ['the session is destroyed', (session: http2.ClientHttp2Session) => session.destroy()],
  ])('run as those of a success when %s under a stream of events', async (_, leave) => {
    const running = await startEndings(fastifyHttp2);
    const session = await open(running);
    const stream = session.request({ ':path': '/sse' }).on('error', () => undefined);
    await once(stream, 'data');
    await expectNoTaskYet();
    leave(session, stream);
    await scene().timeline.until('handler settled');
    await expectTasksRan(running, { outcome: 'success', aborted: true, after: handlerSettled });
    session.destroy();
  });
});
