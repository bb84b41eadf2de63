import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { OpenTelemetryInterceptor } from 'nestjs-background-tasks/opentelemetry';
import { measureAll, traceAll } from './sdk.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

@Module({ imports: [BackgroundTasksModule.forRoot({ interceptors: [OpenTelemetryInterceptor] })] })
class AppModule {}

/** The runner of an application that has run a task, and has closed. */
async function ofClosedApplication(): Promise<WeakRef<BackgroundTasksRunner>> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const runner = app.get(BackgroundTasksRunner);
  await runner.scope((tasks) => tasks.addTask(() => undefined).with({ name: 'fine' }).name);
  await runner.idle();
  await app.close();
  return new WeakRef(runner);
}

it('a closed application is garbage, although the SDK lives on', async () => {
  const [spans, numbers] = [traceAll(), measureAll()];
  const runners = [await ofClosedApplication(), await ofClosedApplication(), await ofClosedApplication()];
  await numbers.of('active');
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  // whatever is at hand of the last one may still be on the stack
  expect(runners.filter((runner) => runner.deref() !== undefined).length).toBeLessThanOrEqual(1);
  expect(spans.named('run fine')).toHaveLength(3);
});
