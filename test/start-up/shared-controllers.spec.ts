import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BackgroundTasks, UseBackgroundTasks } from 'nestjs-background-tasks';
import { type Platform, platforms, request } from '../harness/application.js';
import { startWith, timeline } from './outcomes.js';

const note = (event: string): void => timeline.mark(event);

function shared(): Type {
  @Controller()
  class Shared {
    @Get('parameter')
    parameter(tasks: BackgroundTasks): string {
      tasks.addTask(note, 'by parameter');
      return 'fine';
    }

    @Get('plain')
    @UseBackgroundTasks()
    plain(): string {
      return 'fine';
    }
  }
  return Shared;
}

async function startWithout(platform: Platform, controller: Type) {
  const testing = await Test.createTestingModule({ controllers: [controller] })
    .setLogger(false as never)
    .compile();
  const app = testing.createNestApplication(platform.adapter());
  await app.listen(0, '127.0.0.1');
  return { app, port: ((app.getHttpServer() as Server).address() as AddressInfo).port };
}

describe.each(platforms)('on $name, applications that share a controller', (platform) => {
  it('run their own tasks, and none those of another', async () => {
    const controller = shared();
    const controllers = [controller];
    const [without, one, other] = await Promise.all([
      startWithout(platform, controller),
      startWith(platform, { controllers }),
      startWith(platform, { controllers }, { bind: 'everywhere', defaults: { runOn: 'failure' } }),
    ]);
    const ask = (running: { port: number }, path: string, times: number) =>
      Promise.all(Array.from({ length: times }, async () => (await request(running, path)).status));
    const answers = await Promise.all([
      ask(one, '/parameter', 3),
      ask(other, '/parameter', 5),
      ask(without, '/parameter', 1),
      ask(without, '/plain', 1),
      ask(one, '/plain', 7),
    ]);
    expect(answers.flat().filter((status) => status !== 200)).toEqual([500]);
    await Promise.all([one.runner.idle(), other.runner.idle()]);
    expect(one.runner.stats()).toMatchObject({ pending: 0, succeeded: 3 + 3 + 7, skipped: 0 });
    expect(other.runner.stats()).toMatchObject({ pending: 0, succeeded: 5, skipped: 5 });
    await without.app.close();
  });
});
