import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param } from '@nestjs/common';
import { register } from 'prom-client';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { type Answer, platforms, request, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { AppModule } from './metrics.js';

let release: Deferred;
let started: Deferred;

beforeEach(() => {
  release = deferred();
  started = deferred();
});

async function store(): Promise<void> {
  started.resolve();
  await release.promise;
}

function fail(): never {
  throw new Error('no connection');
}

@Controller()
class Handlers {
  @Get('waiting/:count')
  waiting(@Param('count') count: string, tasks: BackgroundTasks): string {
    for (let index = 0; index < Number(count); index++) tasks.addTask(store);
    return 'fine';
  }

  @Get('failing')
  failing(tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined).with({ name: 'write' });
    tasks.addTask(fail).with({ retries: { retries: 1, minTimeout: 0 } });
    tasks.addTask(store);
    tasks.addTask(store).with({ runOn: 'failure' });
    return 'fine';
  }
}

const linesOf = ({ body }: Answer, metric: string): string[] =>
  body.split('\n').filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));

describe.each(platforms)('the metrics on $name', (platform) => {
  const startRecipe = () => start(platform, { imports: [AppModule], controllers: [Handlers] });

  it('have what waits and what runs, at the moment of asking', async () => {
    const running = await startRecipe();
    await request(running, '/waiting/3');
    await started.promise;
    expect(linesOf(await request(running, '/metrics'), 'background_tasks')).toEqual([
      'background_tasks{state="pending"} 2',
      'background_tasks{state="running"} 1',
    ]);
    release.resolve();
    await running.runner.idle();
    expect(linesOf(await request(running, '/metrics'), 'background_tasks')).toEqual([
      'background_tasks{state="pending"} 0',
      'background_tasks{state="running"} 0',
    ]);
  });

  it('count what became of the tasks, each once, and why some were skipped', async () => {
    const running = await startRecipe();
    await request(running, '/failing');
    await running.runner.idle();
    expect(linesOf(await request(running, '/metrics'), 'background_task_results_total').toSorted()).toEqual([
      'background_task_results_total{task="fail",result="failed"} 1',
      'background_task_results_total{task="store",result="skipped",reason="failure"} 1',
      'background_task_results_total{task="store",result="skipped",reason="outcome"} 1',
      'background_task_results_total{task="write",result="succeeded"} 1',
    ]);
  });

  it('measure every attempt', async () => {
    const running = await startRecipe();
    await request(running, '/failing');
    await running.runner.idle();
    const answer = await request(running, '/metrics');
    expect(linesOf(answer, 'background_task_duration_seconds_count').toSorted()).toEqual([
      'background_task_duration_seconds_count{task="fail",result="failed"} 2',
      'background_task_duration_seconds_count{task="write",result="succeeded"} 1',
    ]);
    expect(answer.body).toContain('background_task_duration_seconds_bucket{le="300",task="fail",result="failed"} 2');
  });

  it('count what was refused', async () => {
    const running = await startRecipe();
    expect((await request(running, '/waiting/1001')).status).toBe(503);
    expect(linesOf(await request(running, '/metrics'), 'background_tasks_refused_total')).toEqual([
      'background_tasks_refused_total 1',
    ]);
    release.resolve();
    await running.runner.idle();
  });

  it('are in a registry of their own, in the format of Prometheus', async () => {
    const running = await startRecipe();
    const { headers } = await request(running, '/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain;.* version=0\.0\.4/);
    expect(await register.getMetricsAsJSON()).toEqual([]);
  });
});
