import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Scope } from '@nestjs/common';
import {
  type ClientProxy,
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  RpcException,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import { firstValueFrom } from 'rxjs';
import { Audit, note, timeline } from '../harness/audit.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { type Broker, brokers, whyWithout } from './transports/brokers.js';

/** Whoever else uses the broker is not to hear of this. */
const mine = randomUUID();

@Controller()
class Messages {
  constructor(private readonly audit: Audit) {}

  @MessagePattern(`${mine}.answers`)
  async answers(@Payload() data: string, tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(note, `first ${data}`);
    await Promise.resolve();
    this.audit.write(`second ${data}`);
    return `answer to ${data}`;
  }

  @MessagePattern(`${mine}.refuses`)
  refuses(@Payload() data: string, tasks: BackgroundTasks): never {
    tasks.addTask(note, `${data} for success`);
    tasks.addTask(note, `${data} for failure`).with({ runOn: 'failure' });
    throw new RpcException('on purpose');
  }

  @EventPattern({ kind: `${mine}.happened` })
  async happened(@Payload() data: string, tasks: BackgroundTasks): Promise<void> {
    tasks.addTask(note, data);
    await Promise.resolve();
    timeline.mark('handled');
  }
}

interface Running {
  readonly runner: BackgroundTasksRunner;
  readonly client: ClientProxy;
}

const closing: Array<() => Promise<void>> = [];

/** Starts a microservice, and marks in the timeline what it writes to its broker from then on. */
async function start({ options, socketsOf }: Broker, scope: BackgroundTasksModuleExtras['scope']): Promise<Running> {
  const module = await Test.createTestingModule({
    imports: [BackgroundTasksModule.forRoot({ scope })],
    controllers: [Messages],
    providers: [Audit],
  })
    .setLogger(new RecordingLogger())
    .compile();
  const service = module.createNestMicroservice<MicroserviceOptions>(options);
  const client = ClientProxyFactory.create(options);
  closing.push(async () => {
    await client.close();
    await service.close();
  });
  await service.listen();
  await client.connect();
  socketsOf(service.unwrap()).forEach(markWrites);
  return { runner: module.get(BackgroundTasksRunner), client };
}

function markWrites(socket: Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    timeline.mark('written');
    return write(...args);
  };
}

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

const scopes = [
  { scopeName: 'Scope.REQUEST', scope: Scope.REQUEST as const },
  { scopeName: 'Scope.DEFAULT', scope: Scope.DEFAULT as const },
];

for (const broker of brokers) {
  const absence = await whyWithout(broker);
  if (absence !== undefined) console.warn(`Skipped, since there is none here (${absence}): ${broker.name}`);
  const describeHere = absence === undefined ? describe : describe.skip;

  describeHere(`a message through ${broker.name}`, () => {
    it.each(scopes)('$scopeName: is answered before its tasks run', async ({ scope }) => {
      const { client, runner } = await start(broker, scope);
      expect(await firstValueFrom(client.send(`${mine}.answers`, 'Ada'))).toBe('answer to Ada');
      await runner.idle();
      const [answered, ...rest] = timeline.events;
      expect([answered, ...rest.filter((event) => event !== 'written')]).toEqual([
        'written',
        'first Ada after success',
        'second Ada after success',
      ]);
    });

    it.each(scopes)('$scopeName: shares its batch with no other', async ({ scope }) => {
      const { client, runner } = await start(broker, scope);
      const names = Array.from({ length: 20 }, (_, index) => `<${index}>`);
      await Promise.all(names.map((name) => firstValueFrom(client.send(`${mine}.answers`, name))));
      await runner.idle();
      expect(runner.stats()).toMatchObject({ batches: 0, succeeded: 40 });
      for (const name of names) {
        const ofOne = timeline.events.filter((event) => event.includes(name));
        expect(ofOne).toEqual([`first ${name} after success`, `second ${name} after success`]);
      }
    });

    it.each(scopes)('$scopeName: has failed when its handler throws an RpcException', async ({ scope }) => {
      const { client, runner } = await start(broker, scope);
      await expect(firstValueFrom(client.send(`${mine}.refuses`, 'Ada'))).rejects.toBeDefined();
      await runner.idle();
      expect(timeline.events.filter((event) => event !== 'written')).toEqual(['Ada for failure after failure']);
    });

    it.each(scopes)('$scopeName: may be an event, which nobody answers', async ({ scope }) => {
      const { client } = await start(broker, scope);
      await firstValueFrom(client.emit({ kind: `${mine}.happened` }, 'Ada'), { defaultValue: undefined });
      await timeline.until('Ada after success');
      expect(timeline.events).toEqual(['handled', 'Ada after success']);
    });
  });
}
