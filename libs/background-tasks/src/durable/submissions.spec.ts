import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { DurableScene, type Served } from '../../../../test/harness/durable-scene.js';
import { turn } from '../core/batch/clock.js';
import type { StoreInterceptor } from '../core/tasks/task-interceptor.js';

/** What one has for storing; attempts are none of this file's concern. */
type Store = StoreInterceptor['store'];

describe('what is asked of an engine for a response', () => {
  let scene: DurableScene;
  let served: Served;

  beforeEach(() => begin());

  afterEach(() => scene.close());

  function begin(options: ConstructorParameters<typeof DurableScene>[0] = {}): void {
    scene = new DurableScene(options);
    served = scene.serve();
  }

  function around(...stores: Store[]): void {
    scene.scheduler.settings.interceptors = stores.map((store) => ({ store, intercept }));
  }

  const intercept = (_: unknown, next: () => Promise<void>): Promise<void> => next();

  /** Why storing fails. */
  async function cause(): Promise<string> {
    const thrown: unknown = await served.store()?.catch((error: unknown) => error);
    return String((thrown as Error).cause);
  }

  it('is stored as it was added: what JSON has of it, for whom, and how', async () => {
    begin({ carry: () => ({ tenant: 'acme' }) });
    served.add('plain');
    served.add('said', { name: 'own', timeout: Infinity, retries: { retries: Infinity, factor: 3, randomize: false } });
    served.add('numbers', { timeout: 5, retries: Infinity }, 'audit');
    await served.store();
    expect(scene.stored).toEqual([
      {
        v: 1,
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        carry: { tenant: 'acme' },
        steps: [
          { name: 'mail.send', args: ['plain'], outcome: 'success' },
          {
            name: 'mail.send',
            args: ['said'],
            outcome: 'success',
            label: 'own',
            timeout: null,
            retries: { retries: null, factor: 3, randomize: false },
          },
          { name: 'mail.audit', args: ['numbers'], outcome: 'success', timeout: 5, retries: null },
        ],
      },
    ]);
  });

  it('keeps the place that each has among the tasks of its response', async () => {
    served.add('failure', { runOn: 'failure' });
    served.add('success');
    await served.store();
    expect(scene.stored[0]?.steps).toEqual([expect.objectContaining({ args: ['success'], index: 1 })]);
  });

  it('fails in time where the engine does not answer, and what arrives all the same is taken back', async () => {
    begin({ submitTimeout: 20, hold: 60_000 });
    const late = deferred();
    scene.engine.before = ({ method }) => (method === 'submit' ? late.promise : Promise.resolve());
    served.add('a');
    expect(await cause()).toBe('Error: The engine has not answered within 20 ms.');
    await turn();
    expect(scene.calls).toEqual(['submit']);
    late.resolve();
    await scene.engine.until('discard');
    await turn();
    expect(scene.stored).toEqual([]);
  });

  it('is never asked of it once it was given up, whatever is around it', async () => {
    begin({ submitTimeout: 20, hold: 60_000 });
    const late = deferred();
    const ended = deferred<unknown>();
    around(async (_, next) => {
      await late.promise;
      await next().catch((error: unknown) => ended.resolve(error));
    });
    served.add('a');
    expect(await cause()).toContain('within 20 ms');
    late.resolve();
    expect(await ended.promise).toMatchObject({ message: 'It was given up before it was stored.' });
    expect(scene.calls).toEqual([]);
  });

  it('waits until the engine is there', async () => {
    const { DurableTaskStore } = await import('./durable-task-store.js');
    const unready = scene.newSubmissions();
    scene.scheduler.store = new DurableTaskStore('MemoryTasksModule', unready);
    served.add('a');
    const storing = served.store();
    await turn();
    expect(scene.calls).toEqual([]);
    unready.begin();
    await storing;
    expect(scene.calls).toEqual(['submit']);
  });

  it('is wrapped by interceptors, the outermost first, which may put something into what it carries', async () => {
    const seen: unknown[] = [];
    const tracing =
      (name: string): Store =>
      async ({ carry, ...batch }, next) => {
        seen.push(`${name} before`, batch);
        carry['trace'] = `${carry['trace'] ?? ''}${name}`;
        await next();
        seen.push(`${name} after`);
      };
    const off = { intercept, store: tracing('off'), isEnabled: false };
    const outer = { intercept, store: tracing('outer'), isEnabled: true };
    const inner = { intercept, store: tracing('inner') };
    scene.scheduler.settings.interceptors = [outer, off, { intercept }, inner];
    served.add('a', { name: 'own' });
    await served.store();
    const batch = { batchId: scene.stored[0]?.id, names: ['own'], system: 'memory', queue: 'background-tasks' };
    expect(seen).toEqual(['outer before', batch, 'inner before', batch, 'inner after', 'outer after']);
    expect(scene.stored[0]?.carry).toEqual({ trace: 'outerinner' });
  });

  it('is asked once, however often an interceptor calls next()', async () => {
    around(async (_, next) => {
      await Promise.all([next(), next()]);
    });
    served.add('a');
    await served.store();
    expect(scene.calls).toEqual(['submit']);
  });

  it('fails where an interceptor calls it not at all, and where one hides that it has failed', async () => {
    around(() => Promise.resolve());
    served.add('a');
    expect(await cause()).toContain('An interceptor has not called next()');
    begin();
    around((_, next) => next().catch(() => undefined));
    scene.engine.down = true;
    served.add('a');
    expect(await cause()).toBe('Error: The store is out of reach.');
  });

  it('carries what is so in the async context of whoever added the last task', async () => {
    const storage = new AsyncLocalStorage<string>();
    begin({ carry: () => ({ request: storage.getStore() ?? 'none' }) });
    storage.run('first', () => served.add('a'));
    storage.run('last', () => served.add('b'));
    await served.store();
    expect(scene.stored[0]?.carry).toEqual({ request: 'last' });
  });

  it('carries texts only', async () => {
    begin({ carry: () => ({ text: 'fine', user: 7 }) as never });
    served.add('a');
    expect(await cause()).toBe('TypeError: Expected `carry` to return texts only, got another thing for `user`.');
    expect(scene.calls).toEqual([]);
  });

  it('takes no more than it may, what it carries included', async () => {
    const bytes = Buffer.byteLength(`["ä"]{"k":"v"}`);
    begin({ maxPayload: bytes, carry: () => ({ k: 'v' }) });
    served.add('ä');
    await served.store();
    begin({ maxPayload: bytes - 1, carry: () => ({ k: 'v' }) });
    served.add('ä');
    expect(await cause()).toBe(
      `RangeError: The arguments and what \`carry\` returns take ${bytes} bytes, and \`maxPayload\` is ${bytes - 1}.`,
    );
  });
});
