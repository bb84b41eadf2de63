import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Injectable, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksModule,
  BackgroundTasksRunner,
  DurableTask,
} from 'nestjs-background-tasks';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { platforms, request, type Running, start } from '../harness/application.js';
import { MemoryEngine } from '../harness/memory-engine.js';
import { MemoryTasksModule } from '../harness/memory-tasks.module.js';
import { beginAnew, Mailer, timeline } from './mailer.js';

@Injectable({ scope: Scope.REQUEST })
class Scoped {
  @DurableTask('scoped.note')
  note(what: string): void {
    timeline.mark(`scoped ${what}`);
  }
}

let act: (tasks: BackgroundTasks, mailer: Mailer, scoped: Scoped) => unknown;

@Controller()
class Anything {
  constructor(
    private readonly mailer: Mailer,
    private readonly scoped: Scoped,
  ) {}

  @Get()
  anything(tasks: BackgroundTasks): unknown {
    return act(tasks, this.mailer, this.scoped);
  }
}

beforeEach(beginAnew);

describe.each(platforms)('a durable task without an engine, on $name,', (platform) => {
  let running: Running;

  beforeEach(async () => {
    running = await start(platform, { controllers: [Anything], providers: [Mailer, Scoped] });
  });

  async function adding(adds: typeof act): Promise<unknown> {
    let thrown: unknown;
    act = (...args) => {
      try {
        return adds(...args);
      } catch (error) {
        thrown = error;
        return 'refused';
      }
    };
    await request(running, '/');
    await running.runner.idle();
    return thrown;
  }

  it('runs in this process like any other, in order with the others', async () => {
    await adding((tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'a');
      tasks.addTask(mailer, 'note', 'b');
      tasks.addTask(mailer, 'audit', 'c');
    });
    expect(timeline.of('begins ')).toEqual(['a', 'b', 'c']);
  });

  it('has its arguments copied when it is added', async () => {
    const list = ['a'];
    await adding((tasks, mailer) => {
      tasks.addTask(mailer, 'send', list as never);
      list.push('b');
    });
    expect(timeline.of('begins ')).toEqual(['a']);
  });

  it('may be one of a request-scoped provider', async () => {
    await adding((tasks, _, scoped) => tasks.addTask(scoped, 'note', 'here').name);
    expect(timeline.of('scoped ')).toEqual(['here']);
  });

  it.each<[string, typeof act, RegExp]>([
    [
      'arguments that JSON would change',
      (tasks, mailer) => tasks.addTask(mailer, 'send', new Date() as never),
      /`Mailer\.send`: argument 1 is .*toISOString/,
    ],
    [
      'a function without its target',
      (tasks, mailer) => tasks.addTask(Reflect.get(mailer, 'send'), 'a'),
      /`mail\.send`.*\(mailer, 'send', email\)/,
    ],
    [
      'a target that nobody provides',
      (tasks) => tasks.addTask(new Mailer(), 'send', 'a'),
      /`Mailer\.send`: what it is a method of is not provided/,
    ],
    [
      'callbacks',
      (tasks, mailer) => tasks.addTask(mailer, 'send', 'never').with({ retries: { onFailedAttempt: () => undefined } }),
      /`retries\.onFailedAttempt`/,
    ],
    [
      'callbacks for all',
      (tasks, mailer) => tasks.with({ retries: { shouldRetry: () => true } }).addTask(mailer, 'send', 'a'),
      /`retries\.shouldRetry`/,
    ],
  ])('is refused with %s', async (_, adds, message) => {
    const error = await adding(adds);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
  });

  it('is an ordinary one where a double without the decorator stands for it', async () => {
    const date = new Date(0);
    await adding((tasks, mailer) => {
      const spy = jest
        .spyOn(mailer, 'send')
        .mockImplementation(async (to) => timeline.mark(`double ${String(to === (date as unknown))}`));
      tasks.addTask(mailer, 'send', date as never);
      return spy.getMockName();
    });
    jest.restoreAllMocks();
    expect(timeline.of('double ')).toEqual(['true']);
  });

  it('has nothing stored by persistIn(), which resolves to nothing', async () => {
    let id: unknown = 'none yet';
    await adding(async (tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'a');
      id = await tasks.persistIn({ query: async () => [] });
    });
    expect([id, timeline.of('begins ')]).toEqual([undefined, ['a']]);
  });
});

describe('a durable task', () => {
  it('that a class of its own runs stays in this process, and so its arguments what they are', async () => {
    const date = new Date(0);
    const mailer = new Mailer();
    const send = jest.spyOn(Mailer.prototype, 'send').mockResolvedValue();
    class Own extends BackgroundTask {
      override async run(): Promise<void> {
        await super.run();
      }
    }
    await new Own(mailer, 'send', date).run();
    expect(send.mock.calls[0]?.[0] as unknown).toBe(date);
    jest.restoreAllMocks();
  });

  it('is captured like any other, and no engine is asked for anything', async () => {
    const engine = new MemoryEngine();
    engine.hanging = true;
    const testing = await Test.createTestingModule({
      imports: [BackgroundTasksModule, MemoryTasksModule.forRoot({ engine })],
      controllers: [Anything],
      providers: [Mailer, { provide: Scoped, useValue: {} }],
    })
      .overrideProvider(BackgroundTasksRunner)
      .useClass(CapturingRunner)
      .compile();
    const app = testing.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    act = (tasks, mailer) => tasks.addTask(mailer, 'send', 'a').with({ runOn: 'always' }).name;
    await request({ port: Number(new URL(await app.getUrl()).port) }, '/');
    const runner = app.get<CapturingRunner>(BackgroundTasksRunner);
    expect(runner.captured).toEqual([{ name: 'Mailer.send', args: ['a'], runOn: 'always' }]);
    await runner.runAll();
    await app.close();
    expect([engine.calls, timeline.of('begins ')]).toEqual([[], ['a']]);
  });
});
