import type { AddressInfo, Server } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Controller, Scope } from '@nestjs/common';
import { MessagePattern, type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  BackgroundTasksRunner,
  NoActiveRequestError,
} from 'nestjs-background-tasks';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { Audit, note, timeline } from '../harness/audit.js';
import { AddsAndLetsPass, AddsBehind, atHand, Messages, Surrounded } from './microservices/messages.controller.js';
import { closing, connect, logger, start } from './microservices/service.js';

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
    atHand.release.resolve();
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
    atHand.release.resolve();
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
    atHand.release.resolve();
    await closed;
    expect(timeline.events.slice(-2)).toEqual(['Ada after success', 'closed']);
  });

  it('has no batch before it reaches its handler: a guard that adds is told so', async () => {
    const { client } = await start({}, { providers: [Audit, AddsAndLetsPass] });
    expect(await firstValueFrom(client.send('guarded', ''))).toBe('fine');
    expect(atHand.refused).toBeInstanceOf(NoActiveRequestError);
    expect(String(atHand.refused)).toContain('before a message has reached its handler');
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
