import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { SCOPE } from '../core/batch/source.js';
import { resolveInspectorOptions } from './inspector.options.js';
import { InspectorStore } from './store.js';
import { type Pace, Viewers } from './viewers.js';

/** A response whose socket takes what a test lets it take. */
class Response extends EventEmitter {
  isFull = false;
  destroyed = false;
  writableEnded = false;
  readonly written: string[] = [];

  get writableNeedDrain(): boolean {
    return this.isFull;
  }

  write(text: string): boolean {
    this.written.push(text);
    this.emit('written');
    return !this.isFull;
  }

  end(text = ''): void {
    this.written.push(text);
    this.writableEnded = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  drain(): void {
    this.isFull = false;
    this.emit('drain');
  }

  async until(text: string): Promise<void> {
    while (!this.written.join('').includes(text)) await once(this, 'written');
  }
}

const may = async (): Promise<boolean> => Promise.resolve(true);

let store: InspectorStore;
let response: Response;

beforeEach(() => {
  store = new InspectorStore(resolveInspectorOptions({ path: 'inspector', authorize: () => true }));
  response = new Response();
});

function add(batchId: string): void {
  store.tell({ type: 'added', batchId, name: 'send', index: 0, source: SCOPE, timestamp: 0 });
}

function look(pace: Partial<Pace> = {}, at = response, askAgain = may): Viewers {
  const viewers = new Viewers(store, () => ({ pending: 0 }) as never, { change: 1, ...pace });
  viewers.open(at as unknown as ServerResponse, askAgain);
  return viewers;
}

describe('whoever does not read', () => {
  it('is sent no change and no comment until it does, and then what has changed since', async () => {
    const other = new Response();
    const viewers = look({ comment: 1 });
    viewers.open(other as unknown as ServerResponse, may);
    await response.until(']}\n\n');
    response.isFull = true;
    const before = response.written.length;
    add('missed');
    await other.until('"missed"');
    await other.until(':\n\n');
    add('missed, too');
    await other.until('"missed, too"');
    expect(response.written).toHaveLength(before);
    response.drain();
    await response.until('event: change');
    const changes = response.written.filter((text) => text.startsWith('event: change'));
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatch(/"missed".*"missed, too"/);
  });

  it('is sent a snapshot where too much has changed since', async () => {
    const viewers = look();
    await response.until(']}\n\n');
    response.isFull = true;
    for (let count = 0; count < 2_000; count++) add(`batch ${count}`);
    const before = response.written.length;
    response.drain();
    await response.until('"batch 1999"');
    expect(response.written[before]).toMatch(/^event: snapshot\n/);
    expect(viewers.count).toBe(1);
  });

  it('is sent a snapshot no faster than it reads, and what has changed meanwhile after it', async () => {
    add('one');
    add('two');
    response.isFull = true;
    look();
    expect(response.written).toHaveLength(2);
    for (const text of ['"one"', '"two"', ']}\n\n']) {
      add('meanwhile');
      response.isFull = true;
      response.emit('drain');
      await response.until(text);
    }
    expect(response.written.slice(-3).map((text) => /"(one|two)"|]}/.exec(text)?.[0])).toEqual([
      '"one"',
      '"two"',
      ']}',
    ]);
    response.drain();
    await response.until('"meanwhile"');
    expect(response.written.at(-1)).toMatch(/^event: change\n/);
  });

  it('is cut off after some time', async () => {
    const viewers = look({ ask: 1 });
    await response.until(']}\n\n');
    response.isFull = true;
    await once(response, 'close');
    expect(viewers.count).toBe(0);
  });

  it.each([
    ['may not look any longer', async () => Promise.resolve(false)],
    ['is not known to be allowed to', async () => new Promise<boolean>(() => undefined)],
  ])('is cut off, too, where somebody %s, and leaves the end unread', async (_, askAgain) => {
    const viewers = look({ ask: 1 }, response, askAgain);
    await once(response, 'close');
    expect([response.writableEnded, viewers.count]).toEqual([true, 0]);
  });

  it('is cut off when the application closes', async () => {
    const viewers = look();
    response.isFull = true;
    viewers.close();
    expect([response.destroyed, viewers.count]).toEqual([true, 0]);
  });

  it('has no timer run once it was cut off', async () => {
    const viewers = look();
    await response.until(']}\n\n');
    add('one');
    response.destroy();
    expect(viewers.isAwake).toBe(false);
  });
});
