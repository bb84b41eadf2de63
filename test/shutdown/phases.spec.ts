import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  type OnModuleDestroy,
  type Type,
} from '@nestjs/common';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { type Closable, startClosable } from './application.js';
import { Requests, users } from './requests.js';
import {
  ClosedBeforeApplicationShutdown,
  ClosedOnApplicationShutdown,
  ClosedOnModuleDestroy,
  type Resource,
  resourceModule,
} from './resources.js';
import { Stage } from './stage.js';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

/** Keeps the first phase open after our wait in it, until the test lets it end. */
class EndOfFirstPhase implements OnModuleDestroy {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  async onModuleDestroy(): Promise<void> {
    this.stage.mark('the first phase is about to end');
    await this.stage.server.promise;
  }
}

/** Keeps the second phase open in the same way. */
class EndOfSecondPhase implements BeforeApplicationShutdown {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.stage.mark('the second phase is about to end');
    await this.stage.server.promise;
  }
}

/** Among global modules, Nest calls the hooks of the first one last. */
const lastly = (provider: Type): DynamicModule => ({
  module: class LastModule {},
  global: true,
  providers: [provider],
});

describe.each(platforms)('on $name,', (platform) => {
  const start = (resource: Type<Resource>, ...before: DynamicModule[]): Promise<Closable> =>
    startClosable(platform, stage, {
      imports: [...before, resourceModule(resource), BackgroundTasksModule.forRoot({ shutdownTimeout: Infinity })],
      controllers: [Requests],
    });

  /** A request that comes when `event` has happened; `next` happens while it is in flight, and its task while that goes on. */
  async function comeLate(running: Closable, event: string, next: string): Promise<void> {
    await stage.until(event);
    const answer = request(running, '/late');
    await stage.until('a late request is in flight');
    stage.server.resolve();
    stage.handlers.resolve();
    expect((await answer).body).toBe('answered');
    await stage.until(next);
    stage.tasks.resolve();
  }

  it('onModuleDestroy waits for what is at work then: what another module closes in it is still open', async () => {
    const running = await start(ClosedOnModuleDestroy);
    const answer = request(running, '/late');
    await stage.until('a late request is in flight');
    const closed = running.close();
    await stage.until('onModuleDestroy begins');
    stage.handlers.resolve();
    expect((await answer).body).toBe('answered');
    await stage.until('a late task is running');
    stage.tasks.resolve();
    await closed;
    expect(users(stage)).toEqual(['late task']);
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  it('beforeApplicationShutdown waits for what came after onModuleDestroy: what is closed in it is still open', async () => {
    const running = await start(ClosedBeforeApplicationShutdown, lastly(EndOfFirstPhase));
    const closed = running.close();
    await comeLate(running, 'the first phase is about to end', 'beforeApplicationShutdown begins');
    await closed;
    expect(users(stage)).toEqual(['late task']);
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  it('onApplicationShutdown waits for what came after that: what is closed in it is still open', async () => {
    const running = await start(ClosedOnApplicationShutdown, lastly(EndOfSecondPhase));
    const closed = running.close();
    await comeLate(running, 'the second phase is about to end', 'onApplicationShutdown begins');
    await closed;
    expect(users(stage)).toEqual(['late task']);
    expect(running.logger.ofTasks('error')).toEqual([]);
  });

  it('the first wait says what it waits for, once, and `draining` is true from then on', async () => {
    const running = await start(ClosedOnModuleDestroy);
    await request(running, '/busy');
    await stage.until('a task is running');
    const answer = request(running, '/in-flight');
    await stage.until('a request is in flight');
    expect(running.runner.stats().draining).toBe(false);
    const closed = running.close();
    await stage.until('onModuleDestroy begins');
    await new Promise((resolve) => setImmediate(resolve));
    expect(running.runner.stats().draining).toBe(true);
    expect(linesOf(running)).toEqual([
      'The application shuts down, and waits for 2 background tasks ("anonymous", "Requests.use") and 1 handler at work.',
    ]);
    stage.tasks.resolve();
    stage.handlers.resolve();
    await answer;
    await closed;
    expect(linesOf(running)).toHaveLength(1);
    expect(running.runner.stats().draining).toBe(true);
  });

  it('nothing is said where there is nothing to wait for', async () => {
    const running = await start(ClosedOnModuleDestroy);
    await running.close();
    expect(linesOf(running)).toEqual([]);
  });
});

function linesOf({ logger }: Closable): unknown[] {
  return logger.ofTasks('log').map(({ message }) => message);
}
