import { Controller, Get, Header, Injectable, Module } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  BackgroundTasksRunner,
  type TaskContext,
  type TaskInterceptor,
} from 'nestjs-background-tasks';

@Injectable()
export class TaskMetrics implements TaskInterceptor {
  readonly registry = new Registry();

  readonly #durations = new Histogram({
    name: 'background_task_duration_seconds',
    help: 'How long each attempt took.',
    labelNames: ['task', 'result'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  });

  readonly #results = new Counter({
    name: 'background_task_results_total',
    help: 'What became of the tasks.',
    labelNames: ['task', 'result', 'reason'],
    registers: [this.registry],
  });

  readonly #refused = new Counter({
    name: 'background_tasks_refused_total',
    help: 'Tasks that were refused at maxPending.',
    registers: [this.registry],
  });

  constructor(runner: BackgroundTasksRunner, events: BackgroundTasksEvents) {
    new Gauge({
      name: 'background_tasks',
      help: 'Tasks that wait or run.',
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        const { pending, running } = runner.stats();
        this.set({ state: 'pending' }, pending);
        this.set({ state: 'running' }, running);
      },
    });
    events.events$.subscribe((event) => this.#count(event));
  }

  async intercept({ name }: TaskContext, next: () => Promise<void>): Promise<void> {
    const end = this.#durations.startTimer({ task: name });
    try {
      await next();
      end({ result: 'succeeded' });
    } catch (error) {
      end({ result: 'failed' });
      throw error;
    }
  }

  #count(event: BackgroundTasksEvent): void {
    if (event.type === 'succeeded' || event.type === 'failed') {
      this.#results.inc({ task: event.name, result: event.type });
    }
    if (event.type === 'skipped') this.#results.inc({ task: event.name, result: event.type, reason: event.reason });
    if (event.type === 'refused') this.#refused.inc(event.count);
  }
}

@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: TaskMetrics) {}

  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  read(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}

@Module({ providers: [TaskMetrics], controllers: [MetricsController] })
export class MetricsModule {}

@Module({
  imports: [MetricsModule, BackgroundTasksModule.forRoot({ interceptors: [TaskMetrics], maxPending: 1_000 })],
})
export class AppModule {}
