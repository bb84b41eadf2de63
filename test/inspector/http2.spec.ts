import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fastifyHttp2, type Running, start } from '../harness/application.js';
import { ADMIN } from './ask.js';
import { inspector, Office } from './scene.js';

let session: ClientHttp2Session | undefined;

afterEach(() => {
  session?.destroy();
});

const startInspector = async (): Promise<Running> => {
  const running = await start(fastifyHttp2, { controllers: [Office], imports: [inspector()] });
  session = connect(`http://127.0.0.1:${running.port}`);
  return running;
};

/** One request on the connection, read as far as `until`, or to its end. */
async function ask(path: string, headers: object = ADMIN, until?: string, method = 'GET') {
  if (session === undefined) throw new Error('There is no connection.');
  const stream = session.request({ ':path': path, ':method': method, ...headers });
  stream.setEncoding('utf8');
  stream.end();
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  let body = '';
  for await (const text of stream) {
    body += text as string;
    if (until !== undefined && body.includes(until)) break;
  }
  return { status: answered[':status'], headers: answered, body };
}

describe('the inspector on HTTP/2', () => {
  it('answers who may see it, and nobody else', async () => {
    await startInspector();
    for (const path of ['/inspector', '/inspector/app.js', '/inspector/batches', '/inspector/events']) {
      expect(await ask(path, {})).toMatchObject({ status: 403, body: 'Forbidden\n' });
    }
    const page = await ask('/inspector');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'/);
    expect((await ask('/inspector/')).headers.location).toBe('../inspector');
  });

  it('streams, and ends when the application shuts down', async () => {
    const running = await startInspector();
    const stream = ask('/inspector/events');
    await ask('/signup', {}, undefined, 'POST');
    await running.runner.idle();
    await ask('/inspector/events', ADMIN, '"done":2');
    const closed = running.app.close();
    const { body } = await stream;
    expect(body).toMatch(/^retry: 2000\n\nevent: snapshot\n/);
    expect(body).toMatch(/event: end\ndata: \{\}\n\n$/);
    session?.close();
    await closed;
    await running.close();
  });
});
