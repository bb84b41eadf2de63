import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, Scope, type WebSocketAdapter } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  BackgroundTasksRunner,
  Tasks,
} from 'nestjs-background-tasks';
import { NEVER, type Observable, startWith } from 'rxjs';
import { Audit, note, timeline } from '../harness/audit.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { nest } from '../harness/nest.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { type Client, markWrites, openSocketIo, openWs, type ServerSocket } from './gateways/clients.js';

let release: Deferred;

const answer = (data: string) => ({ event: 'answer', data });

@WebSocketGateway()
class Messages {
  constructor(private readonly audit: Audit) {}

  handleConnection(socket: ServerSocket): void {
    markWrites(socket, timeline);
  }

  @SubscribeMessage('answers')
  async answers(@MessageBody() data: string, tasks: BackgroundTasks) {
    tasks.addTask(note, `first ${data}`);
    await Promise.resolve();
    tasks.addTask(note, `second ${data}`);
    return answer(data);
  }

  @SubscribeMessage('decorated')
  decorated(@MessageBody() data: string, @ConnectedSocket() _: unknown, @Tasks() tasks: BackgroundTasks) {
    tasks.addTask(note, data);
    return answer(data);
  }

  @SubscribeMessage('injected')
  async injected(@MessageBody() data: string) {
    this.audit.write(`by ${data}`);
    await Promise.resolve();
    this.audit.write(`still by ${data}`);
    return answer(data);
  }

  @SubscribeMessage('refuses')
  refuses(@MessageBody() data: string, tasks: BackgroundTasks): never {
    tasks.addTask(note, `${data} for success`);
    tasks.addTask(note, `${data} for failure`).with({ runOn: 'failure' });
    throw new WsException('on purpose');
  }

  @SubscribeMessage('waits')
  async waits(@MessageBody() data: string, tasks: BackgroundTasks) {
    tasks.addTask(note, data);
    timeline.mark('waiting');
    await release.promise;
    return answer(data);
  }

  @SubscribeMessage('streams')
  streams(@MessageBody() data: string, tasks: BackgroundTasks): Observable<unknown> {
    tasks.addTask(note, data);
    return NEVER.pipe(startWith(answer(data)));
  }
}

interface Running {
  readonly runner: BackgroundTasksRunner;
  readonly client: Client;
  readonly app: INestApplication;
}

const closing: Array<() => Promise<void>> = [];

beforeEach(() => {
  release = deferred();
});

afterEach(async () => {
  release.resolve();
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** Gateways of Nest 11 are singletons, whatever they depend on. */
const scopes = [
  { name: 'Scope.DEFAULT', scope: Scope.DEFAULT as const },
  ...(!nest.is12 ? [] : [{ name: 'Scope.REQUEST', scope: Scope.REQUEST as const }]),
];

interface Library {
  readonly name: string;
  readonly adapter: (app: INestApplication) => WebSocketAdapter;
  readonly open: (port: number) => Promise<Client>;
}

const libraries: readonly Library[] = [
  { name: 'ws', adapter: (app) => new WsAdapter(app), open: openWs },
  { name: 'socket.io', adapter: (app) => new IoAdapter(app), open: openSocketIo },
];

describe.each(libraries)('a message to a gateway with $name', ({ adapter, open }) => {
  const start = async (extras: BackgroundTasksModuleExtras = { scope: Scope.DEFAULT }): Promise<Running> => {
    const module = await Test.createTestingModule({
      imports: [BackgroundTasksModule.forRoot(extras)],
      providers: [Messages, Audit],
    })
      .setLogger(new RecordingLogger())
      .compile();
    const app = module.createNestApplication();
    app.useWebSocketAdapter(adapter(app));
    await app.listen(0, '127.0.0.1');
    const client = await open(((app.getHttpServer() as Server).address() as AddressInfo).port);
    closing.push(async () => {
      client.hangUp();
      await app.close();
    });
    return { app, runner: module.get(BackgroundTasksRunner), client };
  };

  it('is answered before its tasks run, in the order they were added', async () => {
    const { client, runner } = await start();
    client.send('answers', 'Ada');
    await client.answers.until('Ada');
    await runner.idle();
    expect(timeline.events).toEqual(['written', 'first Ada after success', 'second Ada after success']);
  });

  it('can have its tasks by the decorator', async () => {
    const { client, runner } = await start();
    client.send('decorated', 'Ada');
    await client.answers.until('Ada');
    await runner.idle();
    expect(timeline.of('Ada')).toEqual([' after success']);
  });

  it.each(scopes)('can have its tasks from a service with $name', async ({ scope }) => {
    const { client, runner } = await start({ scope });
    client.send('injected', 'Ada');
    client.send('injected', 'Grace');
    await Promise.all([client.answers.until('Ada'), client.answers.until('Grace')]);
    await runner.idle();
    const ofOne = (name: string): string[] => timeline.events.filter((event) => event.includes(name));
    for (const name of ['Ada', 'Grace']) {
      expect(ofOne(name)).toEqual([`by ${name} after success`, `still by ${name} after success`]);
    }
  });

  it('has failed when its handler throws', async () => {
    const { client, runner } = await start();
    client.send('refuses', 'Ada');
    await timeline.until('Ada for failure after failure');
    await runner.idle();
    expect(timeline.of('Ada')).toEqual([' for failure after failure']);
  });

  it('shares its batch with no other of its connection', async () => {
    const { client, runner } = await start();
    client.send('waits', 'slow');
    await timeline.until('waiting');
    client.send('answers', 'quick');
    await timeline.until('second quick after success');
    expect(timeline.of('slow')).toEqual([]);
    release.resolve();
    await client.answers.until('slow');
    await runner.idle();
    expect(timeline.of('slow')).toEqual([' after success']);
  });

  it('that is answered by a stream is over when its client leaves', async () => {
    const { client } = await start();
    client.send('streams', 'Ada');
    await client.answers.until('Ada');
    expect(timeline.of('Ada')).toEqual([]);
    client.hangUp();
    await timeline.until('Ada after success');
    expect(timeline.of('Ada')).toEqual([' after success']);
  });

  it('is waited for when the application closes, and so are its tasks', async () => {
    const { app, client } = await start();
    client.send('waits', 'Ada');
    await timeline.until('waiting');
    const closed = app.close().then(() => timeline.mark('closed'));
    release.resolve();
    await closed;
    expect(timeline.events.slice(-2)).toEqual(['Ada after success', 'closed']);
  });
});

// later ones make such a gateway
if (!nest.is12) {
  describe('on Nest 11, a gateway with Scope.REQUEST', () => {
    it('keeps the application from starting', async () => {
      const module = await Test.createTestingModule({ imports: [BackgroundTasksModule], providers: [Messages, Audit] })
        .setLogger(new RecordingLogger())
        .compile();
      const app = module.createNestApplication();
      app.useWebSocketAdapter(new WsAdapter(app));
      await expect(app.init()).rejects.toThrow(
        'Cannot inject BackgroundTasks into `Messages`: gateways of Nest 11 cannot be request-scoped.',
      );
    });
  });
}
