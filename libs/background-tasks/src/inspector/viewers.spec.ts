import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SCOPE } from '../core/batch/source.js';
import { resolveInspectorOptions } from './inspector.options.js';
import { InspectorStore } from './store.js';
import type { ChangeView, SnapshotView, StatsView } from './view.js';
import { type Pace, Viewers } from './viewers.js';

const stats: StatsView = {
  pending: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  refused: 0,
  stored: 0,
  draining: false,
};

let server: Server;
let store: InspectorStore;

beforeEach(() => {
  store = new InspectorStore(resolveInspectorOptions({ path: 'inspector', authorize: () => true, keep: 500 }));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function add(batchId: string, name = 'send'): void {
  store.tell({ type: 'added', batchId, name, index: 0, source: SCOPE, timestamp: 0 });
}

/** Serves `viewers`, and connects one who looks; returns what it reads, and the response that it is sent. */
async function look(viewers: Viewers, askAgain = async () => Promise.resolve(true)) {
  const opened = new Promise<ServerResponse>((resolve) => {
    server = createServer((_request, response) => {
      viewers.open(response, askAgain);
      resolve(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [incoming] = (await once(get({ port, host: '127.0.0.1', agent: false }), 'response')) as [IncomingMessage];
  incoming.setEncoding('utf8').on('error', () => undefined);
  return { incoming, response: await opened, seen: new Seen(incoming) };
}

/** What came in so far. */
class Seen {
  text = '';

  constructor(readonly incoming: IncomingMessage) {
    incoming.on('data', (text: string) => {
      this.text += text;
    });
  }

  async until(text: string): Promise<void> {
    while (!this.text.includes(text)) await once(this.incoming, 'data');
  }

  eventsOf<T>(type: string): T[] {
    const blocks = this.text.split('\n\n').filter((block) => block.startsWith(`event: ${type}\n`));
    return blocks.map((block) => JSON.parse(block.replace(/^event: .*\n/, '').replaceAll(/^data: /gm, '')) as T);
  }
}

const viewersWith = (pace: Partial<Pace> = {}): Viewers => new Viewers(store, () => stats, pace);

describe('whoever looks', () => {
  it('is sent when to come again, and all that is kept', async () => {
    add('one');
    const { seen } = await look(viewersWith());
    await seen.until(']}\n\n');
    expect(seen.text).toMatch(/^retry: 2000\n\nevent: snapshot\ndata: /);
    const [{ v, batches } = { v: 0, batches: [] }] = seen.eventsOf<SnapshotView>('snapshot');
    expect(v).toBe(1);
    expect(batches.map(({ id }) => id)).toEqual(['one']);
  });

  it('is sent what has changed, and no more', async () => {
    add('one');
    const { seen } = await look(viewersWith({ change: 1 }));
    await seen.until(']}\n\n');
    add('two');
    await seen.until('event: change');
    await seen.until('"gone":[]}\n\n');
    expect(seen.eventsOf<ChangeView>('change').map(({ batches }) => batches.map(({ id }) => id))).toEqual([['two']]);
  });

  it('is sent a burst at once', async () => {
    const { seen } = await look(viewersWith());
    await seen.until(']}\n\n');
    for (let count = 0; count < 50; count++) add(`batch ${count}`);
    await seen.until('"gone":[]}\n\n');
    expect(seen.eventsOf<ChangeView>('change').map(({ batches }) => batches.length)).toEqual([50]);
  });

  it('is sent a comment now and then', async () => {
    const { seen } = await look(viewersWith({ comment: 1 }));
    await seen.until('\n\n:\n\n');
    expect(seen.text).toContain(':\n\n');
  });

  it('is asked for again and again, and sees no more once it may not', async () => {
    let asked = 0;
    const { incoming, seen } = await look(viewersWith({ ask: 1 }), async () => Promise.resolve(++asked < 3));
    await once(incoming, 'end');
    expect(asked).toBe(3);
    expect(seen.text).toContain('event: snapshot');
  });

  it('sees no more where no answer comes until it is time to ask again', async () => {
    let asked = 0;
    const { incoming } = await look(viewersWith({ ask: 1 }), () => {
      asked++;
      return new Promise(() => undefined);
    });
    await once(incoming, 'end');
    expect(asked).toBe(1);
  });
});

describe('while nobody looks', () => {
  it('no timer runs, before and after somebody did', async () => {
    const viewers = viewersWith();
    add('one');
    expect(viewers.isAwake).toBe(false);
    const { incoming, response } = await look(viewers);
    expect(viewers.isAwake).toBe(true);
    add('two');
    const closed = once(response, 'close');
    incoming.destroy();
    await closed;
    add('three');
    expect([viewers.count, viewers.isAwake]).toEqual([0, false]);
  });
});

describe('those who look', () => {
  it('are told the end, and nobody may look after it', async () => {
    const viewers = viewersWith();
    const { incoming, seen } = await look(viewers);
    await seen.until(']}\n\n');
    add('the last');
    viewers.close();
    await once(incoming, 'end');
    expect(seen.eventsOf<ChangeView>('change')[0]?.batches[0]?.id).toBe('the last');
    expect(seen.text.endsWith('event: end\ndata: {}\n\n')).toBe(true);
    expect(viewers.hasRoom).toBe(false);
  });
});
