import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type INestApplication, type INestMicroservice, Scope } from '@nestjs/common';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  Transport,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test, type TestingModule } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  BackgroundTasks,
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  BackgroundTasksModule,
} from 'nestjs-background-tasks';
import { firstValueFrom } from 'rxjs';
import { RecordingLogger } from '../harness/recording-logger.js';
import { Timeline } from '../harness/timeline.js';
import { openWs } from '../messages/gateways/clients.js';

type Settled = Extract<BackgroundTasksEvent, { type: 'settled' }>;

@Controller()
class Messages {
  @MessagePattern('users.:id')
  byText(@Payload() data: string, tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined);
    return data;
  }

  @MessagePattern([{ cmd: 'sum', v: 1 }, 'sum'])
  byOthers(@Payload() data: string, tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined);
    return data;
  }

  @EventPattern({ kind: 'signed-up' })
  async event(@Payload() _: string, tasks: BackgroundTasks): Promise<void> {
    tasks.addTask(() => undefined);
    await Promise.resolve();
  }
}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('chat')
  chat(@MessageBody() data: string, tasks: BackgroundTasks): object {
    tasks.addTask(() => undefined);
    return { event: 'answer', data };
  }
}

const closing: Array<() => unknown> = [];
let settled: Settled[];
let sources: unknown[];
let timeline: Timeline;

beforeEach(() => {
  [settled, sources, timeline] = [[], [], new Timeline()];
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function compile(parts: {
  controllers?: [typeof Messages];
  providers?: [typeof Gateway];
}): Promise<TestingModule> {
  const module = await Test.createTestingModule({
    imports: [BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT })],
    ...parts,
  })
    .setLogger(new RecordingLogger())
    .compile();
  module.get(BackgroundTasksEvents).events$.subscribe((event) => {
    if (event.type === 'added' || event.type === 'settled') sources.push(event.source);
    if (event.type === 'settled') settled.push(event);
    timeline.mark(event.type);
  });
  return module;
}

/** Both events say the same, and the call came in before its handler ended, and that before its answer was out. */
function expectSource(source: object): void {
  expect(sources).toEqual([source, source]);
  const [{ status, startedAt = NaN, handlerEndedAt = NaN, endedAt = NaN, timestamp } = {} as Settled] = settled;
  expect(status).toBeUndefined();
  expect(startedAt).toBeLessThanOrEqual(handlerEndedAt);
  expect(handlerEndedAt).toBeLessThanOrEqual(endedAt);
  expect(endedAt).toBeLessThanOrEqual(timestamp);
}

describe('what brought a task of a message', () => {
  it.each([
    ['a text', 'users.:id', 'users.:id', 'byText'],
    ['one of several', 'sum', '{"cmd":"sum","v":1} | sum', 'byOthers'],
  ])('to a microservice, by %s, is its pattern', async (_, pattern, name, method) => {
    const client = await startService();
    await firstValueFrom(client.send(pattern, 'data'));
    await timeline.until('finished');
    expectSource({ kind: 'rpc', name, handler: `Messages.${method}` });
  });

  it('that is an event of a microservice is its pattern', async () => {
    const client = await startService();
    client.emit({ kind: 'signed-up' }, 'data').subscribe();
    await timeline.until('finished');
    expectSource({ kind: 'rpc', name: '{"kind":"signed-up"}', handler: 'Messages.event' });
  });

  it('to a gateway is its event', async () => {
    const app: INestApplication = (await compile({ providers: [Gateway] })).createNestApplication();
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    const client = await openWs(((app.getHttpServer() as Server).address() as AddressInfo).port);
    closing.push(
      () => client.hangUp(),
      () => app.close(),
    );
    client.send('chat', 'data');
    await timeline.until('finished');
    expectSource({ kind: 'ws', name: 'chat', handler: 'Gateway.chat' });
  });
});

async function startService() {
  const service: INestMicroservice = (
    await compile({ controllers: [Messages] })
  ).createNestMicroservice<MicroserviceOptions>({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
  });
  await service.listen();
  const server = service.unwrap<Server>();
  if (!server.listening) await once(server, 'listening');
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
  });
  closing.push(
    () => client.close(),
    () => service.close(),
  );
  return client;
}
