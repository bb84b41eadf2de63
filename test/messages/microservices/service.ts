import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach } from '@jest/globals';
import type { ModuleMetadata } from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasksEvents,
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import { Audit, timeline } from '../../harness/audit.js';
import { deferred } from '../../harness/deferred.js';
import { RecordingLogger } from '../../harness/recording-logger.js';
import { atHand, Injected, Messages } from './messages.controller.js';

export const logger = new RecordingLogger();

interface Running {
  readonly runner: BackgroundTasksRunner;
  readonly events: BackgroundTasksEvents;
  readonly client: ClientProxy;
  readonly close: () => Promise<void>;
}

export const closing: Array<() => Promise<void>> = [];

/** Starts a microservice on TCP, and marks in the timeline what it writes. */
export async function start(extras: BackgroundTasksModuleExtras = {}, metadata: ModuleMetadata = {}): Promise<Running> {
  const module = await Test.createTestingModule({
    imports: [BackgroundTasksModule.forRoot(extras)],
    controllers: [Messages, Injected],
    providers: [Audit],
    ...metadata,
  })
    .setLogger(logger)
    .compile();
  const service = module.createNestMicroservice<MicroserviceOptions>({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
  });
  await service.listen();
  const server = service.unwrap<Server>();
  server.on('connection', markWrites);
  const client = connect((server.address() as AddressInfo).port);
  const close = async (): Promise<void> => {
    await client.close();
    await service.close();
  };
  closing.push(close);
  return { runner: module.get(BackgroundTasksRunner), events: module.get(BackgroundTasksEvents), client, close };
}

export function connect(port: number): ClientProxy {
  return ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
}

function markWrites(socket: Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    timeline.mark('written');
    return write(...args);
  };
}

beforeEach(() => {
  atHand.release = deferred();
  atHand.refused = undefined;
});

afterEach(async () => {
  atHand.release.resolve();
  await Promise.all(closing.splice(0).map((close) => close()));
});
