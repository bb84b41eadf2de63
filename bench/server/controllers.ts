import type { ServerResponse } from 'node:http';
import { Controller, Get, Injectable, Param, Res } from '@nestjs/common';
import { EventEmitter2, OnEvent } from '@nestjs/event-emitter';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { work } from './work.js';

interface Reply {
  background?: unknown;
  /** Fastify keeps Node's response here; Express's response is one. */
  readonly raw?: ServerResponse;
}

interface Hello {
  readonly hello: string;
}

@Controller()
export class Plain {
  @Get('hello')
  hello(): Hello {
    return { hello: 'world' };
  }
}

/** What users do who have no such library. */
@Controller()
export class WithoutLibrary {
  constructor(private readonly emitter: EventEmitter2) {}

  @Get('finish')
  finish(@Res({ passthrough: true }) reply: Reply): Hello {
    (reply.raw ?? (reply as ServerResponse)).once('finish', work);
    return { hello: 'world' };
  }

  @Get('immediate')
  immediate(): Hello {
    setImmediate(work);
    return { hello: 'world' };
  }

  @Get('promise')
  promise(): Hello {
    void Promise.resolve().then(work);
    return { hello: 'world' };
  }

  @Get('event')
  event(): Hello {
    this.emitter.emit('asked', {});
    return { hello: 'world' };
  }
}

@Injectable()
export class Listener {
  @OnEvent('asked')
  heard(): void {
    work();
  }
}

@Controller()
export class ByParameter {
  @Get('parameter')
  hello(tasks: BackgroundTasks): Hello {
    tasks.addTask(work);
    return { hello: 'world' };
  }

  @Get('many/:count')
  many(@Param('count') count: string, tasks: BackgroundTasks): Hello {
    for (let added = 0; added < Number(count); added++) tasks.addTask(work);
    return { hello: 'world' };
  }
}

@Controller()
export class ByConstructor {
  constructor(private readonly tasks: BackgroundTasks) {}

  @Get('constructor')
  hello(): Hello {
    this.tasks.addTask(work);
    return { hello: 'world' };
  }
}

@Controller()
export class ByResponse {
  @Get('response')
  hello(@Res({ passthrough: true }) reply: Reply): Hello {
    reply.background = new BackgroundTask(work);
    return { hello: 'world' };
  }
}
