import type { ServerResponse } from 'node:http';
import { Controller, Get, Res } from '@nestjs/common';
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
  @Get()
  hello(): Hello {
    return { hello: 'world' };
  }
}

@Controller()
export class ByHand {
  @Get()
  hello(@Res({ passthrough: true }) reply: Reply): Hello {
    (reply.raw ?? (reply as ServerResponse)).once('finish', work);
    return { hello: 'world' };
  }
}

@Controller()
export class ByParameter {
  @Get()
  hello(tasks: BackgroundTasks): Hello {
    tasks.addTask(work);
    return { hello: 'world' };
  }
}

@Controller()
export class ByConstructor {
  constructor(private readonly tasks: BackgroundTasks) {}

  @Get()
  hello(): Hello {
    this.tasks.addTask(work);
    return { hello: 'world' };
  }
}

@Controller()
export class ByResponse {
  @Get()
  hello(@Res({ passthrough: true }) reply: Reply): Hello {
    reply.background = new BackgroundTask(work);
    return { hello: 'world' };
  }
}
