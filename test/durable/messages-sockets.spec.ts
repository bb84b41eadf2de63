import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, Scope } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { BackgroundTasks, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { concat, defer, from, map, type Observable, of } from 'rxjs';
import { timeline } from '../harness/audit.js';
import { turn } from '../harness/bare-server.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { nest } from '../harness/nest.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { type Client, openSocketIo, openWs } from '../messages/gateways/clients.js';
import {
  at,
  breaksAt,
  describeBroken,
  durable,
  expectLost,
  expectNothingLeft,
  Mailer,
  mails,
  stored,
  storing,
} from './scene.js';

/** What the second answer of a stream waits for. */
let release: Deferred;

const answer = (data: string) => ({ event: 'answer', data });

@WebSocketGateway()
class Messages {
  constructor(private readonly mailer: Mailer) {}

  @SubscribeMessage('answers')
  async answers(@MessageBody() data: string, tasks: BackgroundTasks) {
    await Promise.resolve();
    this.mailer.add(tasks, data);
    return answer(data);
  }

  @SubscribeMessage('streams')
  streams(@MessageBody() _: unknown, tasks: BackgroundTasks): Observable<unknown> {
    this.mailer.add(tasks, 'a');
    const second = defer(() => from(release.promise)).pipe(
      map(() => {
        this.mailer.add(tasks, 'b');
        return answer('two');
      }),
    );
    return concat(of(answer('one')), second);
  }

  @SubscribeMessage('refuses')
  refuses(@MessageBody() _: unknown, tasks: BackgroundTasks): never {
    this.mailer.add(tasks, 'a');
    this.mailer.add(tasks, 'for an error', 'failure');
    throw new WsException('on purpose');
  }
}

const libraries = [
  // Nest 11 tells of no exception through it
  ...(nest.is12 ? [{ name: 'ws', adapter: (app: INestApplication) => new WsAdapter(app), open: openWs }] : []),
  { name: 'socket.io', adapter: (app: INestApplication) => new IoAdapter(app), open: openSocketIo },
];

describe.each(libraries)('a message to a gateway with $name', ({ adapter, open }) => {
  let client: Client;
  let closing: () => Promise<void>;
  let running: { readonly runner: BackgroundTasksRunner; readonly logger: RecordingLogger };

  beforeEach(async () => {
    release = deferred();
    const logger = new RecordingLogger();
    const module = await Test.createTestingModule({
      imports: durable({ scope: Scope.DEFAULT }),
      providers: [Messages, Mailer],
    })
      .setLogger(logger)
      .compile();
    const app = module.createNestApplication();
    app.useWebSocketAdapter(adapter(app));
    await app.listen(0, '127.0.0.1');
    client = await open(((app.getHttpServer() as Server).address() as AddressInfo).port);
    running = { runner: module.get(BackgroundTasksRunner), logger };
    closing = async () => {
      client.hangUp();
      await app.close();
    };
  });

  afterEach(() => closing());

  it('is answered when its tasks are stored, and they run after that', async () => {
    const hold = storing();
    client.send('answers', 'a');
    await timeline.until('storing 0');
    await turn(2);
    expect(client.answers.events).toEqual([]);
    hold.resolve();
    await client.answers.until('a');
    await timeline.until('mail a after success');
    expect(stored()).toEqual([['a']]);
  });

  it('has each of its answers sent when what was added before is stored', async () => {
    const hold = storing(1);
    client.send('streams', '');
    await client.answers.until('one');
    release.resolve();
    await timeline.until('storing 1');
    await turn(2);
    expect([client.answers.events, mails(), stored()]).toEqual([['one'], [], [['a']]]);
    hold.resolve();
    await client.answers.until('two');
    for (const name of ['a', 'b']) await timeline.until(`mail ${name} after success`);
    expect(stored()).toEqual([['a'], ['b']]);
  });

  it('has failed: what is for that is stored before its sender is told', async () => {
    const hold = storing();
    client.send('refuses', '');
    await timeline.until('storing 0');
    await turn(2);
    expect(client.answers.events).toEqual([]);
    hold.resolve();
    await client.answers.until('exception');
    await timeline.until('mail for an error after failure');
    await running.runner.idle();
    expect(mails()).toEqual(['for an error after failure']);
  });

  describeBroken((breaks) => {
    it('is answered with an exception, and nothing of it runs', async () => {
      breaks(at.engine);
      client.send('answers', 'a');
      await client.answers.until('exception');
      expect(client.answers.events).toEqual(['exception']);
      await expectNothingLeft(running);
    });

    it('ends with an exception when it has had answers, and nothing of it runs', async () => {
      breaksAt(1, breaks);
      client.send('streams', '');
      await client.answers.until('one');
      release.resolve();
      await client.answers.until('exception');
      expect(client.answers.events).toEqual(['one', 'exception']);
      at.engine.down = at.engine.hanging = false;
      await expectNothingLeft(running);
    });

    it('that has failed tells of its own exception, and the loss is logged', async () => {
      breaks(at.engine);
      client.send('refuses', '');
      await client.answers.until('exception');
      await expectNothingLeft(running);
      expectLost(running, 'Mailer.send');
    });
  });
});
