import { describe, expect, it } from '@jest/globals';
import { defer, EMPTY, interval, map, NEVER, Observable, of, Subject, tap, throwError } from 'rxjs';
import { BackgroundTask, currentTask, type TaskContext, type TaskInterceptor } from 'nestjs-background-tasks';
import { platforms, request, type Running } from '../harness/application.js';
import { adder } from '../harness/scene.js';
import { type Given, note, noting, startWith, timeline } from './scene.js';

class Around implements TaskInterceptor {
  async intercept(_: TaskContext, next: () => Promise<void>): Promise<void> {
    note('before');
    await Promise.resolve();
    await next();
    note('after');
  }
}

/** Never ends by itself, and says when it is torn down; its teardown may throw. */
const endless = (throws = false): Observable<never> =>
  new Observable(() => {
    note('subscribed');
    return () => {
      note('torn down');
      if (throws) throw new Error('teardown');
    };
  });

const errorOf = ({ logger }: Running): unknown => logger.ofTasks('error')[0];

describe.each(platforms)('a task on $name that returns', (platform) => {
  async function run(handler: (given: Given) => void, options = {}): Promise<Running> {
    const running = await startWith(platform, handler, options);
    await request(running, '/once');
    await running.runner.idle();
    return running;
  }

  it('an Observable begins it in its own context, and ends with it', async () => {
    const subject = new Subject<string>();
    const running = await startWith(platform, ({ tasks }) => {
      adder.run('the handler', () =>
        tasks
          .addTask(() => {
            const where = () => `as ${currentTask()?.name} for ${adder.getStore()}`;
            return defer(() => {
              note(`subscribed ${where()}`);
              return subject;
            }).pipe(tap((value) => note(value)));
          })
          .with({ name: 'observed' }),
      );
      tasks.addTask(noting('next'));
    });
    await request(running, '/once');
    await timeline.until('subscribed as observed for the handler');
    subject.next('value');
    expect(running.runner.stats()).toMatchObject({ running: 1, pending: 1 });
    subject.complete();
    await running.runner.idle();
    expect(timeline.events).toEqual(['subscribed as observed for the handler', 'value', 'next']);
  });

  it('an Observable fails with its error, and is subscribed to again by a retry', async () => {
    const running = await run(({ tasks }) => {
      let subscriptions = 0;
      tasks
        .addTask(() => defer(() => (++subscriptions < 2 ? throwError(() => new Error('first')) : of(note('second')))))
        .with({ retries: { retries: 1, minTimeout: 0 } });
      tasks.addTask(() => throwError(() => new RangeError('no more'))).with({ name: 'failing' });
      tasks.addTask(noting('never'));
    });
    expect([timeline.events, running.runner.stats()]).toMatchObject([['second'], { succeeded: 1, failed: 1 }]);
    expect(errorOf(running)).toMatchObject({ message: expect.stringContaining('"failing" failed') });
  });

  it('an Observable in a promise awaits that, too', async () => {
    await run(({ tasks }) => {
      tasks.addTask(async () => defer(() => of(note('subscribed'))));
    });
    expect(timeline.events).toEqual(['subscribed']);
  });

  it('an Observable is within the interceptors of tasks', async () => {
    await run(({ tasks }) => void tasks.addTask(() => EMPTY.pipe(tap({ complete: () => note('completed') }))), {
      interceptors: [Around],
    });
    expect(timeline.events).toEqual(['before', 'completed', 'after']);
  });

  it.each([
    ['', [], false],
    [' with interceptors around it', [Around], false],
    [' although its teardown throws', [], true],
  ])('an Observable is unsubscribed from when it times out%s', async (_, interceptors, throws) => {
    const running = await run(({ tasks }) => void tasks.addTask(() => endless(throws)).with({ timeout: 5 }), {
      interceptors,
    });
    expect(timeline.events.filter((event) => event !== 'before')).toEqual(['subscribed', 'torn down']);
    expect(running.runner.stats()).toMatchObject({ failed: 1, running: 0 });
  });

  it('an Observable is unsubscribed from when the shutdown waits no longer', async () => {
    const running = await startWith(platform, ({ tasks }) => void tasks.addTask(endless), { shutdownTimeout: 5 });
    await request(running, '/once');
    await timeline.until('subscribed');
    await running.close();
    expect(timeline.events).toEqual(['subscribed', 'torn down']);
    expect(running.runner.stats()).toMatchObject({ failed: 1, running: 0 });
  });

  it('an Observable may throw in its teardown after it has completed, in any turn of the event loop', async () => {
    const running = await run(({ tasks }) => {
      tasks.addTask(
        () =>
          new Observable<number>((subscriber) => {
            setImmediate(() => subscriber.complete());
            return () => {
              throw new Error('teardown');
            };
          }),
      );
      tasks.addTask(() => interval(1).pipe(map(() => currentTask()?.name))).with({ timeout: 5 });
    });
    expect(running.runner.stats()).toMatchObject({ succeeded: 1, failed: 1 });
  });

  it('an Observable is awaited by run(), too', async () => {
    await new BackgroundTask(() => of(1).pipe(tap(() => note('by hand')))).run();
    await expect(new BackgroundTask(() => throwError(() => new Error('boom'))).run()).rejects.toThrow('boom');
    expect(timeline.events).toEqual(['by hand']);
  });

  it('what is no Observable, but has methods of that name, does not wait for it', async () => {
    await run(({ tasks }) => {
      tasks.addTask(() => ({ subscribe: () => NEVER }));
      tasks.addTask(noting('next'));
    });
    expect(timeline.events).toEqual(['next']);
  });

  async function* generate(): AsyncGenerator<number> {
    note('never');
    yield 1;
  }

  it.each<[string, () => unknown]>([
    [
      'sync',
      function* sync() {
        yield note('never');
      },
    ],
    ['async', generate],
    ['async, in a promise', async () => generate()],
  ])('a generator object fails, and says what to do: %s', async (_, fn) => {
    const running = await run(({ tasks }) => void tasks.addTask(fn));
    expect([timeline.events, running.runner.stats()]).toMatchObject([[], { failed: 1 }]);
    const line = errorOf(running) as { message: string; details: unknown[] };
    expect([line.message, ...line.details].map(String).join()).toContain('nobody iterates the generator object');
    await expect(new BackgroundTask(fn).run()).rejects.toThrow('Make it an ordinary function, or iterate it in one');
  });

  it('anything else that can be iterated succeeds', async () => {
    const running = await run(({ tasks }) => {
      tasks.addTask(() => [1, 2]);
      tasks.addTask(() => new Map([[1, 2]]).entries());
      tasks.addTask(() => ({ [Symbol.asyncIterator]: generate }));
    });
    expect([timeline.events, running.runner.stats()]).toMatchObject([[], { succeeded: 3 }]);
  });
});
