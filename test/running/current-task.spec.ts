import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import {
  BackgroundTasks,
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  currentTask,
  type TaskContext,
} from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';

const seen: Array<TaskContext | undefined> = [];

function look(): void {
  seen.push(currentTask());
}

@Controller()
class Handlers {
  @Get()
  get(tasks: BackgroundTasks): string {
    tasks.addTask(look).with({ name: 'first' });
    tasks.addTask(look).with({ name: 'second' });
    return 'fine';
  }
}

function times(...tasks: Array<TaskContext | undefined>): number[] {
  return tasks.map((task) => task?.addedAt ?? 0);
}

describe.each(platforms)('currentTask() on $name', (platform) => {
  it('tells which task it is, of which batch, and since when', async () => {
    seen.length = 0;
    const running = await start(platform, { controllers: [Handlers] });
    const added: BackgroundTasksEvent[] = [];
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => {
      if (event.type === 'added') added.push(event);
    });
    const before = Date.now();
    for (const path of ['/?1', '/?2']) await request(running, path);
    await running.runner.idle();
    const after = Date.now();
    const [first, second, other] = seen;
    expect(seen).toMatchObject([
      { name: 'first', index: 0, attempt: 1, outcome: 'success', aborted: false },
      { name: 'second', index: 1, batchId: first?.batchId },
      { name: 'first', index: 0 },
      { name: 'second', index: 1, batchId: other?.batchId },
    ]);
    expect(first?.batchId).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(other?.batchId).not.toBe(first?.batchId);
    expect(added.map((event) => 'batchId' in event && event.batchId)).toEqual(seen.map((task) => task?.batchId));
    for (const [one = 0, next = 0] of [times(first, second), times(seen[2], seen[3])]) {
      expect(one).toBeGreaterThanOrEqual(before);
      expect(next).toBeGreaterThanOrEqual(one);
      // the wall clock counts whole milliseconds, and the other one goes on from there
      expect(next).toBeLessThan(after + 1);
    }
  });

  it('is nothing outside of a task', () => {
    expect(currentTask()).toBeUndefined();
  });
});
