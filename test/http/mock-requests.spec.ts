import type { IncomingMessage, ServerResponse } from 'node:http';
import { EventEmitter, once } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Res, Scope } from '@nestjs/common';
import { BackgroundTask, BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { createRequest, createResponse, type RequestOptions } from 'node-mocks-http';
import { express, type Reply, type Running, start } from '../harness/application.js';
import { Audit, note, timeline } from '../harness/audit.js';

@Controller()
class Handlers {
  @Get('parameter')
  parameter(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'parameter');
    return 'fine';
  }

  @Get('attached')
  attached(@Res({ passthrough: true }) reply: Reply): string {
    reply.background = new BackgroundTask(note, 'attached');
    return 'fine';
  }
}

@Controller()
class Injected {
  constructor(private readonly audit: Audit) {}

  @Get('injected')
  injected(): string {
    this.audit.write('injected');
    return 'fine';
  }
}

describe.each([
  ['Scope.REQUEST', {}],
  ['Scope.DEFAULT', { scope: Scope.DEFAULT as const }],
])('a mock of a request (node-mocks-http), with %s', (_, extras) => {
  let running: Running;

  beforeEach(async () => {
    const imports = [BackgroundTasksModule.forRoot(extras)];
    running = await start(express, { controllers: [Handlers, Injected], providers: [Audit], imports });
  });

  /** Has Express answer it, and resolves to the status. */
  async function answer(options: RequestOptions, lacking?: 'socket'): Promise<number> {
    const request = createRequest({ method: 'GET', ...options });
    if (lacking) Reflect.deleteProperty(request, lacking);
    const response = createResponse({ req: request, eventEmitter: EventEmitter });
    const ended = once(response, 'end');
    type Handle = (request: IncomingMessage, response: ServerResponse) => void;
    const handle: Handle = running.app.getHttpAdapter().getInstance();
    handle(request, response);
    await ended;
    return response.statusCode;
  }

  it.each(['parameter', 'attached', 'injected'])('has the tasks that are added by: %s', async (way) => {
    expect(await answer({ url: `/${way}` })).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual([`${way} after success`]);
  });

  it('is told what it lacks where it cannot have any', async () => {
    expect(await answer({ url: '/parameter' }, 'socket')).toBe(500);
    expect(running.logger.lines.map(({ message }) => String(message)).join()).toContain(
      'this request is a mock without `socket`',
    );
  });
});
