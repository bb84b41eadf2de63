import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ClassSerializerInterceptor } from '@nestjs/common';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { WorkerTask } from 'nestjs-background-tasks/piscina';
import { platforms, request } from '../harness/application.js';
import { eventsOf, startWith } from './scene.js';

const SECRET = 'ada@example.org';

class Mailer {
  readonly from = SECRET;

  send(_to: string): void {}
}

const made: Record<string, () => BackgroundTask> = {
  'a task': () => new BackgroundTask((_to: string) => undefined, SECRET),
  'a task of a method': () => new BackgroundTask(new Mailer(), 'send', SECRET).with({ timeout: 5, retries: 2 }),
  'a task of a worker thread': () => new WorkerTask('/reports.js', { to: SECRET }),
  tasks: () => new BackgroundTasks([new BackgroundTask(new Mailer(), 'send', SECRET)]).with({ timeout: 5 }),
  'tasks among tasks': () =>
    new BackgroundTasks([new BackgroundTasks([new BackgroundTask(new Mailer(), 'send', SECRET)])]),
};

/** Everything that can be made of `value` without knowing what it is. */
function shownOf(value: object): string {
  const logged = { message: 'added', task: value };
  const own = Reflect.ownKeys(value).map(String);
  const copied = JSON.stringify([{ ...value }, Object.entries(value), structuredClone({ ...value })]);
  return [
    JSON.stringify(logged),
    inspect(logged, { depth: Infinity, showHidden: true }),
    inspect(value, { depth: Infinity, showHidden: true, getters: true }),
    ...own,
    copied,
  ].join();
}

describe('what shows of a task', () => {
  it.each(Object.entries(made))('is nothing that it is called with: %s', (_, make) => {
    const task = make();
    expect(shownOf(task)).not.toContain(SECRET);
    expect([Reflect.ownKeys(task), JSON.stringify(task), inspect(task)]).toEqual([
      [],
      '{}',
      expect.stringMatching(/^(BackgroundTasks?|WorkerTask)( \[BackgroundTask\])? \{\}$/),
    ]);
  });
});

describe.each(platforms)('on $name', (platform) => {
  it.each(Object.entries(made))('a handler that returns it tells the client nothing: %s', async (_, make) => {
    const running = await startWith(platform, ({ tasks, id }) => {
      const added = tasks.addTask(make().with({ runOn: 'failure' }));
      return id === 'within' ? { added, of: tasks } : added;
    });
    expect((await request(running, '/itself')).body).toBe('{}');
    expect((await request(running, '/within')).body).toBe('{"added":{},"of":{}}');
  });

  it('neither does one behind an interceptor that serialises what it returns', async () => {
    const running = await startWith(
      platform,
      ({ tasks }) => ({ added: tasks.addTask(new Mailer(), 'send', SECRET), of: tasks }),
      {},
      (app) =>
        void app.useGlobalInterceptors(
          new ClassSerializerInterceptor({ get: () => undefined, getAllAndOverride: () => undefined }),
        ),
    );
    expect((await request(running, '/once')).body).toBe('{"added":{},"of":{}}');
  });

  it('a request and a response show nothing of their tasks, waiting or attached', async () => {
    let shown = '';
    const running = await startWith(platform, ({ tasks, reply }) => {
      tasks.addTask(new Mailer(), 'send', SECRET);
      reply.background = new BackgroundTask((_to: string) => undefined, SECRET);
      const raw = reply.raw ?? reply;
      shown = inspect({ reply, raw }, { depth: 10, showHidden: true }) + Object.keys(raw).join();
    });
    await request(running, '/once');
    expect(shown).toContain('IncomingMessage');
    expect(shown).not.toContain(SECRET);
  });

  it('a name is on one line of a log and of an error, and not too long; an event has it as it was said', async () => {
    const name = `send\n${'x'.repeat(200_000)}`;
    const errors: string[] = [];
    const running = await startWith(platform, ({ tasks }) => {
      const task: BackgroundTask = tasks.addTask((): unknown => task.with({ runOn: 'always' })).with({ name });
      tasks.addTask(Object.defineProperty(() => undefined, 'name', { value: name }));
      try {
        tasks.addTask({} as Record<string, () => void>, name);
      } catch (error) {
        errors.push(String(error));
      }
    });
    const told = eventsOf(running);
    await request(running, '/once');
    await running.runner.idle();
    const lines = running.logger.ofTasks('error').map(({ message }) => String(message));
    expect([lines, errors]).toMatchObject([{ length: 1 }, { length: 1 }]);
    for (const text of [...lines, ...errors]) {
      expect(text).toMatch(/send\\nx{80,}… \(2000\d\d characters\)/);
      expect(text.length).toBeLessThan(5_000);
    }
    expect(
      new Set(told.flatMap((event) => (event.type === 'skipped' || event.type === 'failed' ? event.name : []))),
    ).toEqual(new Set([name]));
  });

  it('a name that is none is no name', async () => {
    const nameless = Object.defineProperty(() => undefined, 'name', { value: Symbol('none') });
    class Named {
      static readonly called = Object.defineProperty(Named, 'name', { value: 5 });

      send(): void {}
    }
    const names: string[] = [];
    const running = await startWith(platform, ({ tasks }) => {
      names.push(tasks.addTask(nameless).name, tasks.addTask(new Named(), 'send').name);
    });
    await request(running, '/once');
    await running.runner.idle();
    expect([names, running.runner.stats().succeeded]).toEqual([['anonymous', 'Object.send'], 2]);
  });
});
