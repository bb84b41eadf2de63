import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplicationContext, Inject, type Scope as NestScope, Scope } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner, currentTask } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { type Closable, startClosable } from './application.js';
import { drainsOf } from './events.js';
import { Stage } from './stage.js';

let stage: Stage;
/** The application that its own tasks, scopes and handlers close. */
let app: INestApplicationContext;

beforeEach(() => {
  stage = new Stage();
});

@Controller()
class Closes {
  constructor(
    @Inject(Stage) private readonly stage: Stage,
    @Inject(BackgroundTasksRunner) private readonly runner: BackgroundTasksRunner,
  ) {}

  @Get('task')
  task(tasks: BackgroundTasks): string {
    tasks.addTask(() => this.close()).with({ name: 'closes' });
    tasks.addTask(this.stage, 'mark', 'behind').with({ name: 'behind' });
    return 'answered';
  }

  @Get('without-waiting')
  withoutWaiting(tasks: BackgroundTasks): string {
    tasks
      .addTask(async () => {
        void this.close();
        for (let step = 0; step < 100; step++) await Promise.resolve();
      })
      .with({ name: 'closes' });
    tasks.addTask(async () => {
      await this.stage.tasks.promise;
      this.stage.mark('behind');
    });
    return 'answered';
  }

  @Get('scope')
  scope(): string {
    const work = this.runner.scope(async (tasks) => {
      tasks.addTask(this.stage, 'mark', 'behind').with({ name: 'behind' });
      await this.close();
    });
    void work.then(() => this.stage.mark('the scope ends'));
    return 'answered';
  }

  @Get('handler')
  handler(tasks: BackgroundTasks): string {
    tasks.addTask(this.stage, 'mark', 'task of the handler');
    void this.close();
    return 'answered';
  }

  @Get('busy')
  busy(tasks: BackgroundTasks): string {
    tasks
      .addTask(async () => {
        this.stage.mark('another is running');
        await this.stage.handlers.promise;
        this.stage.mark('another ends');
      })
      .with({ name: 'another' });
    return 'answered';
  }

  private async close(): Promise<void> {
    this.stage.mark('close is called');
    await app.close();
    this.stage.mark(`closed, aborted: ${currentTask()?.signal.aborted}`);
  }
}

describe.each(platforms)('app.close() on $name, called by what it would wait for,', (platform) => {
  /** With a drain that would wait for ever. */
  async function start(scope: NestScope.REQUEST | NestScope.DEFAULT = Scope.REQUEST): Promise<Closable> {
    const tasks = BackgroundTasksModule.forRoot({ shutdownTimeout: Infinity, scope });
    const running = await startClosable(platform, stage, { imports: [tasks], controllers: [Closes] });
    ({ app } = running);
    return running;
  }

  const events = (): string[] => stage.events.filter((event) => !event.endsWith('begins'));
  const linesOf = ({ logger }: Closable, level: string): unknown[] =>
    logger.ofTasks(level).map(({ message }) => message);

  it('such as a task, ends; what stands behind it is lost, by name', async () => {
    const running = await start();
    const drains = drainsOf(running.app);
    await request(running, '/task');
    await stage.until('closed, aborted: false');
    await running.runner.idle();
    expect(events()).toEqual(['close is called', 'closed, aborted: false']);
    expect(linesOf(running, 'log')).toEqual([]);
    expect(linesOf(running, 'error')).toEqual([expect.stringMatching(/^Background tasks are lost: .* "behind"\.$/)]);
    expect(drains).toEqual([['behind']]);
    expect(running.runner.stats()).toMatchObject({ batches: 0, succeeded: 1, skipped: 1, draining: true });
  });

  it('such as a task, waits for all others', async () => {
    const running = await start();
    await request(running, '/busy');
    await stage.until('another is running');
    await request(running, '/task');
    await stage.until('onModuleDestroy begins');
    await new Promise((resolve) => setImmediate(resolve));
    expect(linesOf(running, 'log')).toEqual([
      'The application shuts down, and waits for 1 background task ("another").',
    ]);
    stage.handlers.resolve();
    await stage.until('closed, aborted: false');
    expect(events()).toEqual(['another is running', 'close is called', 'another ends', 'closed, aborted: false']);
  });

  it('such as a task that does not await it, waits for what stands behind that', async () => {
    const running = await start();
    await request(running, '/without-waiting');
    await stage.until('onModuleDestroy begins');
    stage.tasks.resolve();
    await stage.until('closed, aborted: undefined');
    expect(events()).toEqual(['close is called', 'behind', 'closed, aborted: undefined']);
    expect(linesOf(running, 'error')).toEqual([]);
  });

  it.each([Scope.REQUEST, Scope.DEFAULT] as const)('such as scope(), ends (scope %s)', async (scope) => {
    const running = await start(scope);
    await request(running, '/scope');
    await stage.until('the scope ends');
    expect(events()).toEqual(['close is called', 'closed, aborted: undefined', 'the scope ends']);
    expect(linesOf(running, 'error')).toEqual([expect.stringMatching(/^Background tasks are lost: .* "behind"\.$/)]);
  });

  it.each([Scope.REQUEST, Scope.DEFAULT] as const)(
    'such as a handler that does not await it, waits for its tasks (scope %s)',
    async (scope) => {
      const running = await start(scope);
      expect((await request(running, '/handler')).body).toBe('answered');
      await stage.until('closed, aborted: undefined');
      expect(events()).toEqual(['close is called', 'task of the handler', 'closed, aborted: undefined']);
      expect(linesOf(running, 'error')).toEqual([]);
    },
  );
});
