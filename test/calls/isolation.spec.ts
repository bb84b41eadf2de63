import http from 'node:http';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Param } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let release: Deferred;

const note = (event: string): void => timeline.mark(event);

@Injectable()
class Ledger {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  write(id: string): void {
    this.tasks.addTask(note, `${id} service`);
  }
}

@Controller()
class Requests {
  constructor(private readonly ledger: Ledger) {}

  @Get('slow/:id')
  slow(@Param('id') id: string, tasks: BackgroundTasks): string {
    tasks.addTask(async () => {
      note(`${id} begins`);
      await release.promise;
      note(`${id} ends`);
    });
    return id;
  }

  @Get('fails/:id')
  fails(@Param('id') id: string, tasks: BackgroundTasks): string {
    tasks.addTask(() => Promise.reject(new Error(id)));
    return id;
  }

  @Get('quick/:id')
  quick(@Param('id') id: string, tasks: BackgroundTasks): string {
    tasks.addTask(note, `${id} ran`);
    return id;
  }

  @Get('busy')
  busy(tasks: BackgroundTasks): string {
    for (let index = 0; index < 100; index++) tasks.addTask(blockForOneMillisecond);
    return 'fine';
  }

  /** Adds from several places, with other requests in between. */
  @Get('interleaved/:id')
  async interleaved(@Param('id') id: string, tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(note, `${id} one`);
    await new Promise((resolve) => setImmediate(resolve));
    this.ledger.write(id);
    await new Promise((resolve) => setImmediate(resolve));
    tasks.addTask(note, `${id} two`);
    return id;
  }
}

function blockForOneMillisecond(): void {
  const end = performance.now() + 1;
  while (performance.now() < end);
}

const module = { controllers: [Requests], providers: [Ledger] };

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
});

describe.each(platforms)('batches on $name', (platform) => {
  it('are not held up by a slow one, nor is a later request on the same connection', async () => {
    const running = await start(platform, module);
    const connection = await Connection.open(running);
    connection.send('/slow/1');
    await timeline.until('1 begins');
    connection.send('/quick/2');
    await connection.receives('\r\n\r\n2');
    await request(running, '/quick/3');
    await timeline.until('2 ran');
    await timeline.until('3 ran');
    expect(timeline.count('1 ends')).toBe(0);
    release.resolve();
    await running.runner.idle();
    expect(timeline.count('1 ends')).toBe(1);
    connection.hangUp();
  });

  it('are not stopped by another that failed', async () => {
    const running = await start(platform, module);
    await request(running, '/fails/1');
    await request(running, '/quick/2');
    await running.runner.idle();
    expect(timeline.events).toEqual(['2 ran']);
  });

  it('are never mixed under keep-alive, with 500 requests at once', async () => {
    const running = await start(platform, module);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
    const ids = Array.from({ length: 500 }, (_, index) => `${index}`);
    const bodies = await Promise.all(
      ids.map(async (id) => (await request(running, `/interleaved/${id}`, { agent })).body),
    );
    await running.runner.idle();
    agent.destroy();
    expect(bodies).toEqual(ids);
    for (const id of ids) {
      expect(timeline.of(`${id} `)).toEqual(['one', 'service', 'two']);
    }
    expect(timeline.events).toHaveLength(1_500);
  });

  it('are never mixed on a pipelined connection', async () => {
    const running = await start(platform, module);
    const connection = await Connection.open(running);
    const ids = ['1', '2', '3', '4', '5'];
    connection.send(...ids.map((id) => `/interleaved/${id}`));
    await connection.receives('\r\n\r\n5');
    await running.runner.idle();
    for (const id of ids) expect(timeline.of(`${id} `)).toEqual(['one', 'service', 'two']);
    connection.hangUp();
  });

  it('leave one listener on a connection that many requests share', async () => {
    const running = await start(platform, module);
    const sockets: NodeJS.EventEmitter[] = [];
    running.app.getHttpServer().on('connection', (socket: NodeJS.EventEmitter) => sockets.push(socket));
    const connection = await Connection.open(running);
    const ids = Array.from({ length: 30 }, (_, index) => `${index}`);
    connection.send('/quick/first', '/quick/second');
    await timeline.until('first ran');
    await timeline.until('second ran');
    const before = sockets[0]?.listenerCount('close');
    connection.send(...ids.map((id) => `/quick/${id}`));
    for (const id of ids) await timeline.until(`${id} ran`);
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.listenerCount('close')).toBe(before);
    connection.hangUp();
  });

  it('give other work a turn, however many tasks they have', async () => {
    const running = await start(platform, module);
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    await request(running, '/busy');
    setImmediate(turn);
    await running.runner.idle();
    isDone = true;
    expect(turns).toBeGreaterThan(3);
  });
});
