import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Get, SetMetadata } from '@nestjs/common';
import { OnQueueEvent, OnWorkerEvent, Processor } from '@nestjs/bullmq';
import { OnEvent } from '@nestjs/event-emitter';
import { Cron, Interval, Timeout } from '@nestjs/schedule';
import { exportsOf } from '../../../../../test/harness/installed-nests.js';
import { CALLER_KEYS, callerOf, RABBIT_HANDLER } from './callers.js';
import { methodsOf } from './handler-classes.js';

const workspace = {
  name: 'the workspace',
  packages: fileURLToPath(new URL('../../../../../node_modules/', import.meta.url)),
};
const constants = await exportsOf(workspace, [
  '@nestjs/schedule/dist/schedule.constants.js',
  '@nestjs/event-emitter/dist/constants.js',
  '@nestjs/bullmq/dist/bull.constants.js',
]);

it.each(Object.entries(CALLER_KEYS))('the packages have the key %s: %j', (constant, key) => {
  expect(constants.flatMap((each) => each[constant] ?? [])).toEqual([key]);
});

/** What the decorators of the package write: it requires Nest, which jest does for no ES module. */
const PRINT = `
  import { RabbitHandler, RabbitRPC, RabbitSubscribe } from '@golevelup/nestjs-rabbitmq';
  const keys = [RabbitHandler, RabbitRPC, RabbitSubscribe].map((decorate) => {
    const handler = () => undefined;
    decorate({ exchange: 'mail' })({}, 'handler', { value: handler });
    return Reflect.getMetadataKeys(handler).map(String);
  });
  console.log(JSON.stringify(keys));
`;

it('the symbol of @golevelup/nestjs-rabbitmq has the description by which it is known', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PRINT], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  const key = `Symbol(${RABBIT_HANDLER})`;
  expect(JSON.parse(stdout)).toEqual([[key], [key], [key]]);
});

class Jobs {
  @Cron('0 3 * * *')
  cron(): void {}

  @Interval(1000)
  interval(): void {}

  @Timeout(1000)
  timeout(): void {}

  @OnEvent('signed up')
  event(): void {}

  @OnWorkerEvent('completed')
  workerEvent(): void {}

  @OnQueueEvent('completed')
  queueEvent(): void {}

  @SetMetadata(Symbol(RABBIT_HANDLER), { type: 'subscribe' })
  subscriber(): void {}

  @SetMetadata(Symbol('another'), {})
  other(): void {}

  @Get()
  route(): void {}

  process(): void {}

  plain(): void {}
}

@Processor('mail')
class Mails {
  process(): void {}

  plain(): void {}
}

function callersIn(metatype: typeof Jobs | typeof Mails): Record<string, string | undefined> {
  return Object.fromEntries(methodsOf(metatype).map((method) => [method.key, callerOf(metatype, method)]));
}

describe('what calls a method without a request', () => {
  it('is the package whose decorator it has', () => {
    expect(callersIn(Jobs)).toEqual({
      cron: '@nestjs/schedule',
      interval: '@nestjs/schedule',
      timeout: '@nestjs/schedule',
      event: '@nestjs/event-emitter',
      workerEvent: '@nestjs/bullmq',
      queueEvent: '@nestjs/bullmq',
      subscriber: '@golevelup/nestjs-rabbitmq',
      other: undefined,
      route: undefined,
      process: undefined,
      plain: undefined,
    });
  });

  it('is the package whose decorator its class has, for the one method that it calls', () => {
    expect(callersIn(Mails)).toEqual({ process: '@nestjs/bullmq', plain: undefined });
  });
});
