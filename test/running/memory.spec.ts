import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Req } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let collected: WeakRef<object>[] = [];

const alive = (): number => collected.filter((reference) => reference.deref() !== undefined).length;

/** What a task holds on to: it can only be collected with the task. */
class Payload {
  readonly bytes = new Uint8Array(1_000);
}

function use(payload: Payload): number {
  return payload.bytes.length;
}

function fail(): never {
  throw new Error('on purpose');
}

@Controller()
class Remembering {
  @Get('fine')
  fine(tasks: BackgroundTasks): string {
    tasks.addTask(use, payload());
    return 'fine';
  }

  @Get('request')
  request(@Req() request: { raw?: object }, tasks: BackgroundTasks): string {
    tasks.addTask(use, new Payload());
    collected.push(new WeakRef(request.raw ?? request));
    return 'fine';
  }

  @Get('fails')
  fails(tasks: BackgroundTasks): string {
    tasks.addTask(fail);
    tasks.addTask(use, payload());
    return 'fine';
  }

  @Get('skipped')
  skipped(tasks: BackgroundTasks): string {
    tasks.addTask(use, payload()).with({ runOn: 'failure' });
    return 'fine';
  }
}

function payload(): Payload {
  const one = new Payload();
  collected.push(new WeakRef(one));
  return one;
}

describe.each(platforms)('a finished batch on $name', (platform) => {
  it.each(['fine', 'fails', 'skipped', 'request'])(
    'is garbage, also while its connection lives on: %s',
    async (path) => {
      collected = [];
      const running = await start(platform, { controllers: [Remembering] });
      const connection = await Connection.open(running);
      for (let index = 0; index < 100; index++) {
        connection.send(`/${path}`);
        await request(running, `/${path}`);
      }
      await running.runner.idle();
      // what one round leaves for the next is seldom anything, and a round takes long
      for (let round = 0; round < 5 && alive() > 2; round++) {
        await new Promise((resolve) => setImmediate(resolve));
        collectGarbage();
      }
      expect(collected).toHaveLength(200);
      // Node keeps the last request of a connection, and with it its batch, until the next one comes
      expect(alive()).toBeLessThanOrEqual(2);
      connection.hangUp();
    },
  );
});
