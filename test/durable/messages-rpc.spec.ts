import type { AddressInfo, Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import {
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { BackgroundTasks, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { concat, defer, firstValueFrom, from, map, type Observable, of } from 'rxjs';
import { timeline } from '../harness/audit.js';
import { turn } from '../harness/bare-server.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { connect } from '../messages/microservices/service.js';
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

@Controller()
class Messages {
  constructor(private readonly mailer: Mailer) {}

  @MessagePattern('answers')
  async answers(@Payload() data: string, tasks: BackgroundTasks): Promise<string> {
    await Promise.resolve();
    this.mailer.add(tasks, data);
    return `answer to ${data}`;
  }

  @MessagePattern('streams')
  streams(@Payload() _: unknown, tasks: BackgroundTasks): Observable<string> {
    this.mailer.add(tasks, 'a');
    const second = defer(() => from(release.promise)).pipe(
      map(() => {
        this.mailer.add(tasks, 'b');
        return 'two';
      }),
    );
    return concat(of('one'), second);
  }

  @MessagePattern('refuses')
  refuses(@Payload() _: unknown, tasks: BackgroundTasks): never {
    this.mailer.add(tasks, 'a');
    this.mailer.add(tasks, 'for an error', 'failure');
    throw new RpcException('on purpose');
  }

  @EventPattern({ kind: 'happens' })
  async happens(@Payload() data: string, tasks: BackgroundTasks): Promise<void> {
    await Promise.resolve();
    this.mailer.add(tasks, data);
  }
}

describe('a message of a microservice', () => {
  let closing: () => Promise<void>;
  let client: ReturnType<typeof connect>;
  let running: { readonly runner: BackgroundTasksRunner; readonly logger: RecordingLogger };

  beforeEach(async () => {
    release = deferred();
    const logger = new RecordingLogger();
    const module = await Test.createTestingModule({
      imports: durable(),
      controllers: [Messages],
      providers: [Mailer],
    })
      .setLogger(logger)
      .compile();
    const service = module.createNestMicroservice<MicroserviceOptions>({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: 0 },
    });
    await service.listen();
    client = connect((service.unwrap<Server>().address() as AddressInfo).port);
    running = { runner: module.get(BackgroundTasksRunner), logger };
    closing = async () => {
      await client.close();
      await service.close();
    };
  });

  afterEach(() => closing());

  /** Sends a message, and marks what comes of it: each answer, `error` and its message, `end`. */
  function send(pattern: string, data = 'a'): void {
    client.send<string>(pattern, data).subscribe({
      next: (answer) => timeline.mark(`got ${answer}`),
      error: (error: { message?: string } | string) =>
        timeline.mark(`got error ${typeof error === 'string' ? error : error.message}`),
      complete: () => timeline.mark('got end'),
    });
  }

  const got = (): string[] => timeline.of('got ');

  it('is answered when its tasks are stored, and they run after that', async () => {
    const hold = storing();
    send('answers');
    await timeline.until('storing 0');
    await turn(2);
    expect(got()).toEqual([]);
    hold.resolve();
    await timeline.until('got end');
    await timeline.until('mail a after success');
    expect(got()).toEqual(['answer to a', 'end']);
  });

  it('has each of its answers sent when what was added before is stored', async () => {
    const hold = storing(1);
    send('streams');
    await timeline.until('got one');
    expect(stored()).toEqual([['a']]);
    release.resolve();
    await timeline.until('storing 1');
    await turn(2);
    expect(got()).toEqual(['one']);
    expect(mails()).toEqual([]);
    hold.resolve();
    await timeline.until('got end');
    expect(stored()).toEqual([['a'], ['b']]);
    for (const name of ['a', 'b']) await timeline.until(`mail ${name} after success`);
    expect(got()).toEqual(['one', 'two', 'end']);
  });

  it('has failed: what is for that is stored before the sender is told', async () => {
    const hold = storing();
    send('refuses');
    await timeline.until('storing 0');
    await turn(2);
    expect(got()).toEqual([]);
    hold.resolve();
    await timeline.until('got error on purpose');
    await timeline.until('mail for an error after failure');
    await running.runner.idle();
    expect(mails()).toEqual(['for an error after failure']);
  });

  it('may be an event, which nobody answers', async () => {
    await firstValueFrom(client.emit({ kind: 'happens' }, 'a'), { defaultValue: undefined });
    await timeline.until('mail a after success');
    expect(stored()).toEqual([['a']]);
  });

  describeBroken((breaks) => {
    it('is answered with an error, and nothing of it runs', async () => {
      breaks(at.engine);
      send('answers');
      await timeline.first('got error');
      expect(got()).toHaveLength(1);
      await expectNothingLeft(running);
    });

    it('ends with an error when it has had answers, and nothing of it runs', async () => {
      breaksAt(1, breaks);
      send('streams');
      await timeline.until('got one');
      release.resolve();
      await timeline.first('got error');
      expect(got()).toHaveLength(2);
      at.engine.down = at.engine.hanging = false;
      await expectNothingLeft(running);
    });

    it('that has failed tells of its own error, and the loss is logged', async () => {
      breaks(at.engine);
      send('refuses');
      await timeline.until('got error on purpose');
      await expectNothingLeft(running);
      expectLost(running, 'Mailer.send');
    });

    it('that nobody answers is told of in the log', async () => {
      breaks(at.engine);
      await firstValueFrom(client.emit({ kind: 'happens' }, 'a'), { defaultValue: undefined });
      await running.logger.until('error');
      await expectNothingLeft(running);
      expectLost(running, 'Mailer.send');
    });
  });
});
