import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { startClosable } from './application.js';
import { Stage } from './stage.js';

let stage: Stage;
/** What the task, the handler or the scope at hand does: it begins something once the shutdown has begun. */
let begin: (use: (name: string) => Promise<void>, runner: BackgroundTasksRunner) => Promise<unknown>;

beforeEach(() => {
  stage = new Stage();
});

/** Stands before our module, and is closed in the first phase, after our wait. */
@Injectable()
class Database implements OnModuleDestroy {
  #isOpen = true;

  onModuleDestroy(): void {
    this.#isOpen = false;
  }

  /** A task that takes a while. */
  async use(name: string): Promise<void> {
    await sleep(10);
    stage.mark(`${name} finds it ${this.#isOpen ? 'open' : 'closed'}`);
  }
}

@Module({ providers: [Database], exports: [Database] })
class DatabaseModule {}

@Controller()
class Handlers {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(BackgroundTasksRunner) private readonly runner: BackgroundTasksRunner,
  ) {}

  readonly #begin = async (): Promise<void> => {
    stage.mark('at work');
    await stage.until('onModuleDestroy begins');
    await sleep(5);
    await begin((name) => this.database.use(name), this.runner);
  };

  @Get('task')
  task(tasks: BackgroundTasks): string {
    tasks.addTask(this.#begin);
    return 'fine';
  }

  @Get('handler')
  async handler(_tasks: BackgroundTasks): Promise<string> {
    await this.#begin();
    return 'fine';
  }

  @Get('scope')
  scope(): string {
    void this.runner.scope(this.#begin);
    return 'fine';
  }
}

describe.each(platforms)('what is at work when the shutdown begins, on $name,', (platform) => {
  const options = BackgroundTasksModule.forRoot({ shutdownTimeout: 5000 });

  /** Closes the application while what is behind `path` is at work; says how that has found the database. */
  async function close(
    path: string,
    prepare: (runner: BackgroundTasksRunner) => Promise<void> = () => Promise.resolve(),
  ): Promise<readonly string[]> {
    const running = await startClosable(platform, stage, {
      imports: [DatabaseModule, options],
      controllers: [Handlers],
    });
    await prepare(running.runner);
    const answer = request(running, path);
    await stage.until('at work');
    await running.close();
    await answer;
    expect(running.logger.ofTasks('error')).toEqual([]);
    return stage.events.filter((event) => event.includes('finds'));
  }

  it.each(['/task', '/scope', '/handler'])('is waited for with the scopes that it begins: %s', async (path) => {
    begin = (use, runner) => runner.scope((tasks) => void tasks.addTask(use, 'the scope'));
    expect(await close(path)).toEqual(['the scope finds it open']);
  });

  it('is waited for with those that these begin, also where nobody awaits them', async () => {
    begin = async (use, runner) => {
      void runner.scope(async (tasks) => {
        await sleep(5);
        tasks.addTask(async () => {
          await runner.scope((inner) => void inner.addTask(use, 'the innermost'));
        });
      });
      await sleep(1);
    };
    expect(await close('/task')).toEqual(['the innermost finds it open']);
  });

  it('is waited for with what it adds to a batch that had finished long before', async () => {
    let old: BackgroundTasks | undefined;
    begin = async (use) => void old?.addTask(use, 'the late task');
    const told = await close('/task', async (runner) => {
      await runner.scope((tasks) => void (old = tasks).addTask(() => undefined));
      await runner.idle();
    });
    expect(told).toEqual(['the late task finds it open']);
  });
});
