import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type LoggerService, Param } from '@nestjs/common';
import { BackgroundTasks, currentTask } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { adder } from '../harness/scene.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let release: Deferred;
let entered: Deferred;

const note = (event: string): void => timeline.mark(event);
const noteInStore = (event: string): void => timeline.mark(`${event} in ${adder.getStore()}`);

@Controller()
class Requests {
  @Get('stored/:id')
  stored(@Param('id') id: string, tasks: BackgroundTasks): string {
    adder.run(id, () => tasks.addTask(noteInStore, 'task'));
    adder.run(`${id}, later`, () => tasks.addTask(noteInStore, 'next task'));
    return id;
  }

  @Get('stored-and-slow/:id')
  async storedAndSlow(@Param('id') id: string, tasks: BackgroundTasks): Promise<string> {
    this.stored(id, tasks);
    entered.resolve();
    await release.promise;
    return id;
  }

  @Get('entered-store/:id')
  enteredStore(@Param('id') id: string, tasks: BackgroundTasks): string {
    leaking.enterWith(id);
    tasks.addTask(() => timeline.mark(`${id} sees ${leaking.getStore()}`));
    tasks.addTask(() => {
      leaking.enterWith('left behind by a task');
    });
    tasks.addTask(() => timeline.mark(`${id} still sees ${leaking.getStore()}`));
    return id;
  }

  @Get('fails-in-store/:id')
  failsInStore(@Param('id') id: string, tasks: BackgroundTasks): string {
    adder.run(id, () => tasks.addTask(() => Promise.reject(new Error(id))).with({ runOn: 'always' }));
    adder.run(`${id}, later`, () => tasks.addTask(note, 'never').with({ runOn: 'failure' }));
    return id;
  }

  @Get('lazy/:id')
  lazy(@Param('id') id: string, tasks: BackgroundTasks): string {
    adder.run(id, () => tasks.addTask(() => lazyQuery()).with({ name: 'lazy' }));
    return id;
  }

  @Get('by-reference')
  byReference(tasks: BackgroundTasks): string {
    const order = { state: 'new' };
    tasks.addTask((given: { state: string }) => timeline.mark(`order is ${given.state}`), order);
    order.state = 'paid';
    return 'fine';
  }
}

/** Like a query builder: nothing happens before it is awaited. */
function lazyQuery(): unknown {
  const then = (resolve: () => void): void => {
    noteInStore('query');
    note(`current task is ${currentTask()?.name}`);
    resolve();
  };
  // eslint-disable-next-line unicorn/no-thenable -- the case under test
  return { then };
}

const leaking = new AsyncLocalStorage<string>();
const module = { controllers: [Requests] };

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
  entered = deferred();
});

describe.each(platforms)('the async context of a task on $name', (platform) => {
  it('is that of the code that added it', async () => {
    const running = await start(platform, module);
    await request(running, '/stored/1');
    await running.runner.idle();
    expect(timeline.events).toEqual(['task in 1', 'next task in 1, later']);
  });

  it('is its own on a pipelined connection', async () => {
    const running = await start(platform, module);
    running.app
      .getHttpServer()
      .prependListener('request', ({ url }: { url: string }) => leaking.enterWith(`store of ${url}`));
    const connection = await Connection.open(running);
    connection.send('/stored/1', '/stored/2', '/stored/3');
    await connection.receives('\r\n\r\n3');
    await running.runner.idle();
    expect(timeline.of('task in ').sort()).toEqual(['1', '2', '3']);
    expect(timeline.of('next task in ').sort()).toEqual(['1, later', '2, later', '3, later']);
    connection.hangUp();
  });

  it('is its own when the client has gone', async () => {
    const running = await start(platform, module);
    const connection = await Connection.open(running);
    connection.send('/stored-and-slow/1');
    await entered.promise;
    connection.hangUp();
    release.resolve();
    await running.runner.idle();
    expect(timeline.events).toEqual(['task in 1', 'next task in 1, later']);
  });

  it('is not changed by what another task does to it', async () => {
    const running = await start(platform, module);
    await request(running, '/entered-store/1');
    await running.runner.idle();
    expect(timeline.events).toEqual(['1 sees 1', '1 still sees 1']);
  });

  it('is that of the adder in the log lines about it, too', async () => {
    const running = await start(platform, module);
    running.app.useLogger(storeLogger);
    await request(running, '/fails-in-store/1');
    await running.runner.idle();
    expect(timeline.events).toEqual(['debug in 1, later', 'error in 1']);
  });

  it('is where a lazy query begins, too', async () => {
    const running = await start(platform, module);
    await request(running, '/lazy/1');
    await running.runner.idle();
    expect(timeline.events).toEqual(['query in 1', 'current task is lazy']);
  });

  it('leaves arguments as they are: by reference', async () => {
    const running = await start(platform, module);
    await request(running, '/by-reference');
    await running.runner.idle();
    expect(timeline.events).toEqual(['order is paid']);
  });
});

const storeLogger: LoggerService = {
  log: () => undefined,
  warn: () => undefined,
  error: (_: unknown, ...rest: unknown[]) => rest.at(-1) === 'BackgroundTasks' && noteInStore('error'),
  debug: (_: unknown, ...rest: unknown[]) => rest.at(-1) === 'BackgroundTasks' && noteInStore('debug'),
};
