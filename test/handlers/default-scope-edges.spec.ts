import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type BadRequestException,
  Body,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type HttpException,
  Injectable,
  Post,
  type Provider,
  Req,
  Scope,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { BackgroundTasks, BackgroundTasksModule, currentTask, NoActiveRequestError } from 'nestjs-background-tasks';
import { type Platform, platforms, request, type Running, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;

const note = (event: string): void => timeline.mark(`${event} after ${currentTask()?.outcome}`);

@Injectable()
class Audit {
  constructor(private readonly tasks: BackgroundTasks) {}

  write(event: string): void {
    this.tasks.addTask(note, event);
  }

  /** How the tasks are called before they are given `name`, and after. */
  names(name: string): string[] {
    return [this.tasks.name, this.tasks.with({ name }).name];
  }
}

@Catch()
class AddsInFilter implements ExceptionFilter {
  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  catch(error: HttpException | BadRequestException, host: ArgumentsHost): void {
    this.tasks.addTask(note, 'by the filter').with({ runOn: 'always' });
    const { httpAdapter } = this.adapterHost;
    // what a body parser throws is no HttpException
    const status = 'getStatus' in error ? error.getStatus() : 400;
    httpAdapter.reply(host.switchToHttp().getResponse(), 'caught', status);
  }
}

@Controller()
class Handlers {
  constructor(private readonly audit: Audit) {}

  @Get('names')
  async names(): Promise<string[]> {
    const names = this.audit.names('mails');
    await Promise.resolve();
    return [...names, ...this.audit.names('audits')];
  }

  @Post('body')
  body(@Body() body: unknown): string {
    timeline.mark(String(body));
    return 'fine';
  }

  @Get('batch')
  batch(@Req() own: Record<string, unknown> & { raw?: Record<string, unknown> }): string {
    (own.raw ?? own)['batch'] = 'of the application';
    this.audit.write('audit');
    return 'fine';
  }

  @Get('other')
  other(): string {
    visitOther();
    return 'fine';
  }
}

let visitOther: () => void;

const startApp = (platform: Platform, ...providers: Provider[]): Promise<Running> =>
  start(platform, {
    imports: [BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT })],
    controllers: [Handlers],
    providers: [Audit, ...providers],
  });

beforeEach(() => {
  timeline = new Timeline();
});

describe.each(platforms)('on $name, tasks with Scope.DEFAULT', (platform) => {
  it('can be added by a filter that answers a body that could not be read', async () => {
    const filter = { provide: APP_FILTER, useClass: AddsInFilter };
    const running = await startApp(platform, filter);
    const connection = await Connection.open(running);
    connection.write(
      'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{"a',
    );
    await timeline.until('by the filter after failure');
    expect(timeline.events).toEqual(['by the filter after failure']);
    connection.hangUp();
  });

  it('have the name that was given to those of this request, and of no other', async () => {
    const running = await startApp(platform);
    const names = [await request(running, '/names'), await request(running, '/names')].map(({ body }) =>
      JSON.parse(body),
    );
    expect(names).toEqual([
      ['BackgroundTasks', 'mails', 'mails', 'audits'],
      ['BackgroundTasks', 'mails', 'mails', 'audits'],
    ]);
  });

  it('do not mind a property of the request that is called batch', async () => {
    const running = await startApp(platform);
    expect((await request(running, '/batch')).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['audit after success']);
  });

  it('find no request of another application in the same process', async () => {
    const one = await startApp(platform);
    const other = await startApp(platform);
    let thrown: unknown;
    visitOther = () => {
      try {
        other.app.get(Audit).write('in the request of another application');
      } catch (error) {
        thrown = error;
      }
    };
    await request(one, '/other');
    expect(thrown).toBeInstanceOf(NoActiveRequestError);
    await Promise.all([one.runner.idle(), other.runner.idle()]);
    expect(timeline.events).toEqual([]);
  });
});
