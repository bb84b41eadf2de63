import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { text } from 'node:stream/consumers';
import { fastifyHttp2, type Platform, request, type Running } from '../../harness/application.js';

export interface Client {
  ask(path: string, body?: object): Promise<{ status?: number; body: string }>;
  close(): void;
}

/** Asks on few connections: kept alive, or shared by many streams. */
export function clientOf(platform: Platform, running: Running): Client {
  if (platform === fastifyHttp2) return http2Client(running);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 5 });
  return {
    ask: (path, body) => request(running, path, { agent, body, method: body ? 'POST' : 'GET' }),
    close: () => agent.destroy(),
  };
}

function http2Client({ port }: Running): Client {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  return {
    ask: async (path, body) => {
      const headers = { ':path': path, ':method': body ? 'POST' : 'GET', 'content-type': 'application/json' };
      const stream = session.request(headers);
      stream.end(body && JSON.stringify(body));
      const [answer] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & { ':status'?: number }];
      return { status: answer[':status'], body: await text(stream) };
    },
    close: () => session.close(),
  };
}
