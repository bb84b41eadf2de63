import { type DynamicModule, Inject, type MiddlewareConsumer, Module, type NestModule, Scope } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, type BackgroundTasksModuleOptions } from 'nestjs-background-tasks';
import { type Platform, type Running, start } from '../../harness/application.js';
import { noteOutcome } from './adds.js';
import { Everything } from './everything.controller.js';
import { Deep, Middleware, Service, Strategy, Subscriber } from './singletons.js';

@Module({ controllers: [Everything], providers: [Strategy, Deep, Service, Subscriber] })
export class AppModule implements NestModule {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  configure(consumer: MiddlewareConsumer): void {
    const functional = (_request: unknown, _response: unknown, next: () => void): void => {
      this.tasks.addTask(noteOutcome, 'functional middleware').with({ runOn: 'always' });
      next();
    };
    consumer.apply(Middleware, functional).forRoutes('sign-up', 'nowhere');
  }
}

export const inDefaultScope = (options: BackgroundTasksModuleOptions = {}): DynamicModule =>
  BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT, ...options });

export const startApp = (platform: Platform): Promise<Running> =>
  start(platform, { imports: [AppModule, inDefaultScope()] });
