import { Controller, Inject, Injectable, Module, type OnApplicationShutdown, Param, Post } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { PrismaClient } from './prisma-client.js';

@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}

@Module({ providers: [PrismaService], exports: [PrismaService] })
export class PrismaModule {}

@Controller('orders')
export class OrdersController {
  constructor(@Inject(PrismaService) private readonly prisma: PrismaService) {}

  @Post(':id/ship')
  ship(@Param('id') id: string, tasks: BackgroundTasks): string {
    tasks.addTask(() => this.prisma.order.update({ where: { id }, data: { shipped: true } }));
    return 'on its way';
  }
}

@Module({ imports: [PrismaModule], controllers: [OrdersController] })
export class OrdersModule {}

@Module({ imports: [PrismaModule, OrdersModule, BackgroundTasksModule] })
export class AppModule {}
