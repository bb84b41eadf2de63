import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';

export const maxPending = 1_000;

@Injectable()
export class BackgroundTasksHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly runner: BackgroundTasksRunner,
  ) {}

  check() {
    const { pending, running, draining } = this.runner.stats();
    const indicator = this.indicators.check('backgroundTasks');
    const isFull = pending + running > 0.9 * maxPending;
    const facts = { pending, running, draining };
    return isFull || draining ? indicator.down(facts) : indicator.up(facts);
  }
}

@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly tasks: BackgroundTasksHealth,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.tasks.check()]);
  }

  @Get('live')
  live() {
    return { status: 'ok' };
  }
}

@Module({
  imports: [TerminusModule, BackgroundTasksModule.forRoot({ maxPending })],
  providers: [BackgroundTasksHealth],
  controllers: [HealthController],
})
export class AppModule {}
