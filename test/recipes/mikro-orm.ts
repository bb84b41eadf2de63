import { EntityManager, RequestContext } from '@mikro-orm/core';
import { Controller, Injectable, Param, ParseIntPipe, Post } from '@nestjs/common';
import { BackgroundTasks, type TaskContext, type TaskInterceptor } from 'nestjs-background-tasks';
import { Order } from './orders-database.js';

@Injectable()
export class TaskRequestContext implements TaskInterceptor {
  constructor(private readonly em: EntityManager) {}

  intercept(_task: TaskContext, next: () => Promise<void>): Promise<void> {
    return RequestContext.create(this.em, next);
  }
}

@Injectable()
export class Warehouse {
  constructor(private readonly em: EntityManager) {}

  async ship(id: number): Promise<void> {
    const order = await this.em.findOneOrFail(Order, id);
    order.state = 'shipped';
    await this.em.flush();
  }
}

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly em: EntityManager,
    private readonly warehouse: Warehouse,
  ) {}

  @Post(':id/ship')
  async ship(@Param('id', ParseIntPipe) id: number, tasks: BackgroundTasks): Promise<string> {
    const order = await this.em.findOneOrFail(Order, id);
    tasks.addTask(this.warehouse, 'ship', order.id); // its id: the order itself belongs to the request
    return 'on its way';
  }
}
