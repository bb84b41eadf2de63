import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { DurableBatches } from 'nestjs-background-tasks';
import { clock } from '../../libs/background-tasks/src/core/batch/clock.js';
import { express } from '../harness/application.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, timeline } from './mailer.js';

@Controller()
class Nothing {}

const HOUR = 3_600_000;

describe('a worker', () => {
  let running: DurableRunning;

  beforeEach(async () => {
    beginAnew();
    running = await startDurable(express, { controllers: [Nothing] });
  });

  const lines = (level: string): string[] => running.logger.ofTasks(level).map(({ message }) => String(message));

  async function store(name: string, more: object = {}): Promise<string> {
    const id = randomUUID();
    const steps = [
      { name: 'mail.send', args: ['known'], outcome: 'success' as const },
      { name, args: ['unknown'], outcome: 'success' as const },
    ];
    await running.engine.submit({ v: 1, id, steps, carry: {}, ...more }, { hold: 0 });
    return id;
  }

  it.each(['mail.gone', 'toString', '__proto__', 'constructor', 'send', 'Mailer.note'])(
    'leaves a name that it does not know to others, and calls nothing: %s',
    async (name) => {
      const id = await store(name);
      await running.engine.until('checkpoint', 2);
      const kept = running.engine.store.find(id);
      expect(timeline.of('begins ')).toEqual(['known']);
      expect(lines('warn')).toEqual([expect.stringContaining(`waits for a worker that knows the name "${name}"`)]);
      expect(JSON.parse(kept?.data ?? '')).toMatchObject({ progress: { cursor: 1, failures: 0 } });
    },
  );

  it('looks for one that knows it less and less often, for an hour; then it has failed', async () => {
    const id = await store('mail.gone');
    await running.engine.until('checkpoint', 2);
    const now = clock.wallTime();
    jest.spyOn(clock, 'wallTime').mockReturnValue(now + HOUR);
    running.engine.store.defer(id, 0);
    await running.engine.store.until(id, 'failed');
    expect(lines('error')).toEqual([
      expect.stringContaining('no worker knew the name "mail.gone". Not done: "mail.gone"'),
    ]);
    expect(await running.app.get(DurableBatches).get(id)).toMatchObject({ cursor: 1, state: 'failed' });
    jest.restoreAllMocks();
  });

  it('leaves a version that it does not know to others', async () => {
    await store('mail.send', { v: 2 });
    await running.engine.until('checkpoint');
    expect(timeline.of('begins ')).toEqual([]);
    expect(lines('warn')).toEqual([expect.stringContaining('knows version 2')]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'text'],
    ['a list', []],
    ['no steps', { v: 1, id: 'a', steps: [], carry: {} }],
    [
      'arguments that are no list',
      { v: 1, id: 'a', steps: [{ name: 'mail.send', args: {}, outcome: 'success' }], carry: {} },
    ],
    ['no outcome', { v: 1, id: 'a', steps: [{ name: 'mail.send', args: [] }], carry: {} }],
    [
      'a carry that is no texts',
      { v: 1, id: 'a', steps: [{ name: 'mail.send', args: [], outcome: 'success' }], carry: { a: 1 } },
    ],
  ])('fails a job of another kind, says so once, and calls nothing: %s', async (_, batch) => {
    const id = running.engine.store.addForeign({ batch, progress: { cursor: 0, failures: 0 } });
    running.engine.store.defer(id, 0);
    await running.engine.store.until(id, 'failed');
    expect(timeline.events).toEqual([]);
    expect(lines('error')).toEqual([expect.stringContaining(`The job ${id}`)]);
  });
});
