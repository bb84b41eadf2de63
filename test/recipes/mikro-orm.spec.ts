import { EntityManager, MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, currentTask } from 'nestjs-background-tasks';
import { platforms, request, type Running, start } from '../harness/application.js';
import { OrdersController, TaskRequestContext, Warehouse } from './mikro-orm.js';
import { Order, ordersDatabase } from './orders-database.js';

let found: string[];

beforeEach(() => {
  found = [];
});

/** Tasks that show which entities they share with whom. */
@Injectable()
class Clerk {
  constructor(private readonly em: EntityManager) {}

  /** Has somebody else change the order, and then looks at it. */
  async look(): Promise<void> {
    await this.em.fork({ useContext: false }).nativeUpdate(Order, 1, { state: 'paid' });
    found.push((await this.em.findOneOrFail(Order, 1)).state);
  }

  /** Changes an order that was loaded elsewhere. */
  async change(order: Order): Promise<void> {
    order.state = 'changed';
    await this.em.flush();
  }

  /** Fails with a change that has not been stored; the next attempt makes another one. */
  async note(): Promise<void> {
    const order = await this.em.findOneOrFail(Order, 1);
    if (currentTask()?.attempt === 1) {
      order.state = 'half done';
      throw new Error('no connection');
    }
    order.note = 'noted';
    await this.em.flush();
  }
}

@Controller()
class Handlers {
  constructor(
    private readonly em: EntityManager,
    private readonly clerk: Clerk,
  ) {}

  @Get('look')
  async look(tasks: BackgroundTasks): Promise<string> {
    await this.em.findOneOrFail(Order, 1);
    tasks.addTask(this.clerk, 'look');
    return 'fine';
  }

  @Get('change')
  async change(tasks: BackgroundTasks): Promise<string> {
    const order = await this.em.findOneOrFail(Order, 1);
    order.note = 'not flushed';
    tasks.addTask(this.clerk, 'change', order);
    return 'fine';
  }

  @Get('note')
  note(tasks: BackgroundTasks): string {
    tasks.addTask(this.clerk, 'note').with({ retries: { retries: 1, minTimeout: 0 } });
    return 'fine';
  }
}

describe.each(platforms)('MikroORM on $name', (platform) => {
  const startRecipe = async (imports: NonNullable<ModuleMetadata['imports']>): Promise<Running> => {
    const controllers = [OrdersController, Handlers];
    const running = await start(platform, { imports, controllers, providers: [Warehouse, Clerk] });
    const orm = running.app.get(MikroORM);
    await orm.schema.create();
    await orm.em.fork().insert(Order, { id: 1, state: 'new', note: '' });
    return running;
  };

  const startWith = async (...interceptors: Array<typeof TaskRequestContext>): Promise<Running> =>
    startRecipe([MikroOrmModule.forRoot(await ordersDatabase()), BackgroundTasksModule.forRoot({ interceptors })]);

  /** The order, once the tasks of a request have run, as the database has it. */
  const orderAfter = async (running: Running, path: string, method = 'GET'): Promise<Order> => {
    expect((await request(running, path, { method })).status).toBeLessThan(300);
    await running.runner.idle();
    return running.app.get(MikroORM).em.fork().findOneOrFail(Order, 1);
  };

  it('stores what a task does, as the recipe has it', async () => {
    const options = await ordersDatabase();
    @Module({
      imports: [MikroOrmModule.forRoot(options), BackgroundTasksModule.forRoot({ interceptors: [TaskRequestContext] })],
    })
    class AppModule {}
    const running = await startRecipe([AppModule]);
    expect((await orderAfter(running, '/orders/1/ship', 'POST')).state).toBe('shipped');
  });

  it('gives a task what the database has now, and not what the request has seen', async () => {
    await orderAfter(await startWith(TaskRequestContext), '/look');
    expect(found).toEqual(['paid']);
  });

  it('gives it what the request has seen without the interceptor', async () => {
    await orderAfter(await startWith(), '/look');
    expect(found).toEqual(['new']);
  });

  it('forgets what a failed attempt has left', async () => {
    const { state, note } = await orderAfter(await startWith(TaskRequestContext), '/note');
    expect({ state, note }).toEqual({ state: 'new', note: 'noted' });
  });

  it('stores it with the next attempt without the interceptor', async () => {
    const { state, note } = await orderAfter(await startWith(), '/note');
    expect({ state, note }).toEqual({ state: 'half done', note: 'noted' });
  });

  it('stores nothing of what belongs to the request: neither what the handler left, nor what a task changes in it', async () => {
    const { state, note } = await orderAfter(await startWith(TaskRequestContext), '/change');
    expect({ state, note }).toEqual({ state: 'new', note: '' });
  });

  it.each([
    { wrapped: 'works', interceptors: [TaskRequestContext], state: 'shipped', failures: 0 },
    { wrapped: 'fails without the interceptor', interceptors: [], state: 'new', failures: 1 },
  ])('$wrapped outside of any request', async ({ interceptors, state, failures }) => {
    const running = await startWith(...interceptors);
    const warehouse = running.app.get(Warehouse);
    await running.runner.scope((tasks) => void tasks.addTask(warehouse, 'ship', 1));
    await running.runner.idle();
    expect(running.logger.ofTasks('error')).toHaveLength(failures);
    expect((await running.app.get(MikroORM).em.fork().findOneOrFail(Order, 1)).state).toBe(state);
  });
});
