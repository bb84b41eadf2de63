import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Inject, Injectable, Scope, UseGuards } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BackgroundTasks, BackgroundTasksModule, currentTask } from 'nestjs-background-tasks';
import { type Platform, request, type Running, start } from '../harness/application.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;

const noteOutcome = (): void => timeline.mark(`${currentTask()?.outcome}`);

beforeEach(() => {
  timeline = new Timeline();
});

class UnknownExpressAdapter extends ExpressAdapter {
  override getType(): string {
    return 'other';
  }
}

class UnknownFastifyAdapter extends FastifyAdapter {
  override getType(): string {
    return 'other';
  }
}

const unknownPlatforms: Platform[] = [
  { name: 'whose requests are bare', isFastify: false, adapter: () => new UnknownExpressAdapter() },
  { name: 'whose requests are wrapped', isFastify: true, adapter: () => new UnknownFastifyAdapter() },
];

@Injectable()
class Denies {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    this.tasks.addTask(noteOutcome).with({ runOn: 'always' });
    return false;
  }
}

@Controller()
class Everyday {
  constructor(readonly own: BackgroundTasks) {}

  @Get('both')
  @HttpCode(404)
  both(tasks: BackgroundTasks): string {
    tasks.addTask(noteOutcome);
    this.own.addTask(noteOutcome);
    return `${tasks.size}`;
  }

  @Get('denied')
  @UseGuards(Denies)
  denied(): string {
    return 'never';
  }
}

describe.each(unknownPlatforms)('on a platform of an unknown type, $name, tasks', (platform) => {
  const scopes: Array<[string, Scope.REQUEST | Scope.DEFAULT]> = [
    ['Scope.REQUEST', Scope.REQUEST],
    ['Scope.DEFAULT', Scope.DEFAULT],
  ];

  async function startIn(scope: Scope.REQUEST | Scope.DEFAULT): Promise<Running> {
    return start(platform, { controllers: [Everyday], imports: [BackgroundTasksModule.forRoot({ scope })] });
  }

  it.each(scopes)('come by parameter and constructor, with %s', async (_, scope) => {
    const running = await startIn(scope);
    expect((await request(running, '/both')).body).toBe('2');
    await running.runner.idle();
    expect(timeline.events).toEqual(['success', 'success']);
  });

  it.each(scopes)('of a guard that denies settle as a failure, with %s', async (_, scope) => {
    const running = await startIn(scope);
    expect((await request(running, '/denied')).status).toBe(403);
    await running.runner.idle();
    expect(timeline.events).toEqual(['failure']);
  });
});
