import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  Injectable,
  type ModuleMetadata,
  Scope,
  UseGuards,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import {
  type ClientProxy,
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  BackgroundTasksRunner,
  NoActiveRequestError,
  Tasks,
} from 'nestjs-background-tasks';
import { concat, defer, firstValueFrom, from, lastValueFrom, of, toArray, type Observable, tap } from 'rxjs';
import { Audit, note, timeline } from '../harness/audit.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { RecordingLogger } from '../harness/recording-logger.js';

let logger: RecordingLogger;
let release: Deferred;
let refused: unknown;

function addOneOfEach(tasks: BackgroundTasks): void {
  for (const runOn of ['success', 'failure', 'always'] as const) tasks.addTask(note, `for ${runOn}`).with({ runOn });
}

@Injectable()
class AddsAndLetsPass implements CanActivate {
  constructor(private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    try {
      this.tasks.addTask(note, 'by a guard');
    } catch (error) {
      refused = error;
    }
    return true;
  }
}

/** Adds when the handler has answered: outside of what it leads to, but inside of what follows it. */
@Injectable()
class AddsBehind implements NestInterceptor {
  constructor(private readonly audit: Audit) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap((answer) => this.audit.write(`behind ${String(answer)}`)));
  }
}

@Controller()
class Surrounded {
  @MessagePattern('surrounded')
  @UseInterceptors(AddsBehind)
  async surrounded(@Payload() data: string): Promise<string> {
    await Promise.resolve();
    return data;
  }
}

@Controller()
class Messages {
  @MessagePattern('answers')
  async answers(@Payload() data: string, tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(note, `first ${data}`);
    await Promise.resolve();
    tasks.addTask(note, `second ${data}`);
    return `answer to ${data}`;
  }

  @MessagePattern('decorated')
  decorated(@Payload() data: string, @Tasks() tasks: BackgroundTasks): string {
    tasks.addTask(note, data);
    return data;
  }

  @MessagePattern('refuses')
  refuses(@Payload() _: unknown, tasks: BackgroundTasks): never {
    addOneOfEach(tasks);
    throw new RpcException('on purpose');
  }

  @MessagePattern('streams')
  streams(@Payload() _: unknown, tasks: BackgroundTasks) {
    tasks.addTask(note, 'after the stream');
    return concat(
      of('one'),
      defer(() => from(release.promise.then(() => 'two'))),
    );
  }

  @MessagePattern('waits')
  async waits(@Payload() data: string, tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(note, data);
    timeline.mark('waiting');
    await release.promise;
    return data;
  }

  @MessagePattern('late')
  late(@Payload() _: unknown, tasks: BackgroundTasks): string {
    tasks.addTask(() => tasks.addTask(note, 'late'));
    return 'fine';
  }

  @EventPattern({ kind: 'happened' })
  async happened(@Payload() data: string, tasks: BackgroundTasks): Promise<void> {
    tasks.addTask(note, data);
    await Promise.resolve();
    timeline.mark('handled');
  }

  @MessagePattern('guarded')
  @UseGuards(AddsAndLetsPass)
  guarded(): string {
    return 'fine';
  }
}

@Controller()
class Injected {
  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly audit: Audit,
  ) {}

  @MessagePattern('injected')
  async injected(@Payload() data: string): Promise<string> {
    this.tasks.addTask(note, `by ${data}`);
    await Promise.resolve();
    this.audit.write(`written for ${data}`);
    return data;
  }
}

interface Running {
  readonly runner: BackgroundTasksRunner;
  readonly client: ClientProxy;
  readonly close: () => Promise<void>;
}

const closing: Array<() => Promise<void>> = [];

/** Starts a microservice on TCP, and marks in the timeline what it writes. */
async function start(extras: BackgroundTasksModuleExtras = {}, metadata: ModuleMetadata = {}): Promise<Running> {
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
  return { runner: module.get(BackgroundTasksRunner), client, close };
}

function connect(port: number): ClientProxy {
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
  logger = new RecordingLogger();
  release = deferred();
  refused = undefined;
});

afterEach(async () => {
  release.resolve();
  await Promise.all(closing.splice(0).map((close) => close()));
});

describe('a message of a microservice', () => {
  it('is answered before its tasks run, in the order they were added', async () => {
    const { client, runner } = await start();
    expect(await firstValueFrom(client.send('answers', 'Ada'))).toBe('answer to Ada');
    await runner.idle();
    expect(timeline.events).toEqual(['written', 'first Ada after success', 'second Ada after success']);
  });

  it('can have its tasks by the decorator', async () => {
    const { client, runner } = await start();
    await firstValueFrom(client.send('decorated', 'Ada'));
    await runner.idle();
    expect(timeline.of('Ada')).toEqual([' after success']);
  });

  it.each([
    ['Scope.REQUEST', {}],
    ['Scope.DEFAULT', { scope: Scope.DEFAULT as const }],
  ])('can have its tasks by constructor injection, with %s', async (_, extras) => {
    const { client, runner } = await start(extras);
    const sent = ['Ada', 'Grace'].map((name) => firstValueFrom(client.send('injected', name)));
    expect(await Promise.all(sent)).toEqual(['Ada', 'Grace']);
    await runner.idle();
    const ofOne = (name: string): string[] => timeline.events.filter((event) => event.includes(name));
    for (const name of ['Ada', 'Grace']) {
      expect(ofOne(name)).toEqual([`by ${name} after success`, `written for ${name} after success`]);
    }
  });

  it('has the tasks that an interceptor adds behind its handler', async () => {
    const metadata = { controllers: [Surrounded], providers: [Audit, AddsBehind] };
    const { client, runner } = await start({ scope: Scope.DEFAULT }, metadata);
    await Promise.all(['Ada', 'Grace'].map((name) => firstValueFrom(client.send('surrounded', name))));
    await runner.idle();
    expect(timeline.of('behind').toSorted()).toEqual([' Ada after success', ' Grace after success']);
  });

  it('has failed when its handler throws an RpcException', async () => {
    const { client, runner } = await start();
    await expect(firstValueFrom(client.send('refuses', ''))).rejects.toBeDefined();
    await runner.idle();
    expect(timeline.events.slice(-2)).toEqual(['for failure after failure', 'for always after failure']);
  });

  it('is over when the last of its answers has been written', async () => {
    const { client, runner } = await start();
    const answers = lastValueFrom(client.send<string>('streams', '').pipe(toArray()));
    await timeline.until('written');
    expect(timeline.events).toEqual(['written']);
    release.resolve();
    expect(await answers).toEqual(['one', 'two']);
    await runner.idle();
    expect(timeline.events.at(-1)).toBe('after the stream after success');
    expect(timeline.events.lastIndexOf('written')).toBe(timeline.events.length - 2);
  });

  it('shares its batch with no other', async () => {
    const { client, runner } = await start();
    const slow = firstValueFrom(client.send('waits', 'slow'));
    await timeline.until('waiting');
    await firstValueFrom(client.send('answers', 'quick'));
    await timeline.until('second quick after success');
    expect(timeline.of('slow')).toEqual([]);
    release.resolve();
    await slow;
    await runner.idle();
    expect(timeline.of('slow')).toEqual([' after success']);
  });

  it('may have tasks added late', async () => {
    const { client, runner } = await start();
    await firstValueFrom(client.send('late', ''));
    await runner.idle();
    expect(timeline.events).toContain('late after success');
  });

  it('may be an event, which nobody answers', async () => {
    const { client } = await start();
    await firstValueFrom(client.emit({ kind: 'happened' }, 'Ada'), { defaultValue: undefined });
    await timeline.until('Ada after success');
    expect(timeline.events).toEqual(['handled', 'Ada after success']);
  });

  it('is waited for when the microservice closes, and so are its tasks', async () => {
    const { client, close } = await start();
    client.send('waits', 'Ada').subscribe({ error: () => undefined });
    await timeline.until('waiting');
    const closed = close().then(() => timeline.mark('closed'));
    release.resolve();
    await closed;
    expect(timeline.events.slice(-2)).toEqual(['Ada after success', 'closed']);
  });

  it('has no batch before it reaches its handler: a guard that adds is told so', async () => {
    const { client } = await start({}, { providers: [Audit, AddsAndLetsPass] });
    expect(await firstValueFrom(client.send('guarded', ''))).toBe('fine');
    expect(refused).toBeInstanceOf(NoActiveRequestError);
    expect(String(refused)).toContain('before a message has reached its handler');
  });
});

describe('a message handler', () => {
  it('that names its tasks behind a parameter without a decorator keeps the application from starting', async () => {
    @Controller()
    class Undecorated {
      @MessagePattern('undecorated')
      handle(data: string, tasks: BackgroundTasks): void {
        tasks.addTask(note, data);
      }
    }
    const compiling = Test.createTestingModule({
      imports: [BackgroundTasksModule],
      controllers: [Undecorated],
    }).compile();
    await expect(compiling).rejects.toThrow(
      'Cannot inject BackgroundTasks into `Undecorated.handle`: the parameters before it have no decorator',
    );
  });
});

describe('a hybrid application', () => {
  it('runs the tasks of its messages, also when it starts them before it listens', async () => {
    const module = await Test.createTestingModule({ imports: [BackgroundTasksModule], controllers: [Messages] })
      .setLogger(logger)
      .compile();
    const app = module.createNestApplication();
    const service = app.connectMicroservice<MicroserviceOptions>({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: 0 },
    });
    await app.startAllMicroservices();
    const server = service.unwrap<Server>();
    const client = connect((server.address() as AddressInfo).port);
    closing.push(async () => {
      await client.close();
      await app.close();
    });
    await app.listen(0, '127.0.0.1');
    await firstValueFrom(client.send('answers', 'Ada'));
    await module.get(BackgroundTasksRunner).idle();
    expect(timeline.events).toEqual(['first Ada after success', 'second Ada after success']);
  });
});
