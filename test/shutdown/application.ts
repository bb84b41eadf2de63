import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import type {
  BeforeApplicationShutdown,
  INestApplication,
  ModuleMetadata,
  NestApplicationOptions,
  OnApplicationShutdown,
  OnModuleDestroy,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import type { Platform } from '../harness/application.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { Stage } from './stage.js';

/** A running application that its test closes, and what it logged. */
export interface Closable {
  readonly app: INestApplication;
  readonly runner: BackgroundTasksRunner;
  readonly port: number;
  readonly logger: RecordingLogger;
  /** Closes the application, and marks `closed` then. */
  close(): Promise<void>;
}

const open = new Map<Closable, Set<Socket>>();

/** Starts an application with nothing but what is given, `stage`, and marks for the phases of its shutdown. */
export async function startClosable(
  platform: Platform,
  stage: Stage,
  metadata: ModuleMetadata,
  options: NestApplicationOptions = {},
): Promise<Closable> {
  const logger = new RecordingLogger();
  const providers = [...(metadata.providers ?? []), { provide: 'phases', useValue: new Phases(stage) }];
  const imports = [{ module: class StageModule {}, ...shared(stage) }, ...(metadata.imports ?? [])];
  const testing = await Test.createTestingModule({ ...metadata, imports, providers })
    .setLogger(logger)
    .compile();
  const app = testing.createNestApplication(platform.adapter(), options);
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  const close = async (): Promise<void> => {
    open.delete(started);
    await app.close();
    stage.mark('closed');
  };
  const { port } = server.address() as AddressInfo;
  const started: Closable = { app, runner: app.get(BackgroundTasksRunner), port, logger, close };
  open.set(started, socketsOf(server));
  return started;
}

afterEach(async () => {
  open.forEach((sockets) => sockets.forEach((socket) => socket.destroy()));
  await Promise.all([...open.keys()].map((each) => each.close()));
});

/** The stage, for every module. */
export function shared(stage: Stage) {
  const provider = { provide: Stage, useValue: stage };
  return { global: true, providers: [provider], exports: [provider] };
}

function socketsOf(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  return sockets;
}

/** In the root module, whose hooks come first in each phase. */
class Phases implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(private readonly stage: Stage) {}

  onModuleDestroy(): void {
    this.stage.mark('onModuleDestroy begins');
  }

  beforeApplicationShutdown(): void {
    this.stage.mark('beforeApplicationShutdown begins');
  }

  onApplicationShutdown(): void {
    this.stage.mark('onApplicationShutdown begins');
  }
}
