import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { InspectorModuleOptions } from 'nestjs-background-tasks/inspector';
import { fastifyHttp2, type Running, start } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { ADMIN } from './ask.js';
import { inspector, isAdmin, Office } from './scene.js';

/** What `authorize` gets. */
interface Visit {
  readonly raw: { readonly stream: ServerHttp2Stream };
}

let session: ClientHttp2Session | undefined;

afterEach(() => {
  session?.destroy();
});

const startInspector = async (authorize: InspectorModuleOptions['authorize'] = isAdmin): Promise<Running> => {
  const running = await start(fastifyHttp2, { controllers: [Office], imports: [inspector({ authorize })] });
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

  it('has a place for others where somebody leaves before `authorize` has answered', async () => {
    let asked = deferred<ServerHttp2Stream>();
    let answered = deferred<boolean>();
    await startInspector(async ({ raw }: Visit) => {
      asked.resolve(raw.stream);
      return answered.promise;
    });
    for (let count = 0; count < 10; count++) {
      asked = deferred();
      answered = deferred();
      const stream = session?.request({ ':path': '/inspector/events' });
      const closed = once(await asked.promise, 'close');
      stream?.close(constants.NGHTTP2_CANCEL);
      await closed;
      answered.resolve(true);
    }
    expect((await ask('/inspector/events', {}, 'snapshot')).status).toBe(200);
  });

  it('writes no more to somebody who does not read', async () => {
    const sent: ServerHttp2Stream[] = [];
    const running = await startInspector(({ raw }: Visit) => sent.push(raw.stream) > 0);
    session?.request({ ':path': '/inspector/events' }).pause();
    const other = session?.request({ ':path': '/inspector/events' });
    const read = async (text: string): Promise<void> => {
      for await (const chunk of other?.iterator({ destroyOnReturn: false }) ?? [])
        if (String(chunk).includes(text)) return;
    };
    const add = async (last: string): Promise<void> => {
      await running.runner.scope((tasks) => {
        for (let count = 1; count < 100; count++) tasks.addTask(() => undefined).with({ name: 'a'.repeat(200) });
        tasks.addTask(() => undefined).with({ name: last });
      });
      await read(last);
    };
    await read('snapshot');
    for (let count = 0; sent[0]?.writableNeedDrain === false; count++) await add(`number ${count}`);
    const length = sent[0]?.writableLength;
    await add('after it was full');
    await add('and again');
    expect(sent[0]?.writableLength).toBe(length);
  });
});
