import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type CanActivate,
  Controller,
  Get,
  HttpException,
  Injectable,
  type MessageEvent,
  Module,
  Res,
  Sse,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import { BackgroundTask, BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { concat, NEVER, type Observable, of } from 'rxjs';

const answer = { status: 'fine' };

function work(): void {}

/** Fails the first time. */
function failingOnce(): () => void {
  let isFirst = true;
  return () => {
    if (isFirst) {
      isFirst = false;
      fail();
    }
  };
}

async function workSlowly(): Promise<void> {
  await turn();
}

function fail(): never {
  throw new Error('on purpose');
}

@Injectable()
class Denies implements CanActivate {
  constructor(private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    this.tasks.addTask(work).with({ runOn: 'failure' });
    return false;
  }
}

@Controller()
class Handlers {
  @Get('parameter')
  parameter(tasks: BackgroundTasks) {
    tasks.addTask(work);
    return answer;
  }

  @Get('response')
  response(@Res({ passthrough: true }) response: { background?: BackgroundTask }) {
    response.background = new BackgroundTasks([new BackgroundTask(work), new BackgroundTask(workSlowly)]);
    return answer;
  }

  @Get('fails')
  fails(tasks: BackgroundTasks) {
    tasks.addTask(fail);
    tasks.addTask(work);
    return answer;
  }

  @Get('throws')
  throws(tasks: BackgroundTasks) {
    tasks.addTask(work);
    tasks.addTask(work).with({ runOn: 'failure' });
    throw new HttpException('on purpose', 400);
  }

  @Get('nested')
  nested(tasks: BackgroundTasks) {
    tasks.addTask(() => tasks.addTask(work));
    return answer;
  }

  @Get('denied')
  @UseGuards(Denies)
  denied() {
    return answer;
  }

  @Get('stream')
  stream(tasks: BackgroundTasks) {
    tasks.addTask(work);
    return new StreamableFile(Readable.from(['one', 'two']));
  }

  @Get('slow')
  slow(tasks: BackgroundTasks) {
    tasks.addTask(workSlowly).with({ timeout: 60_000 });
    return answer;
  }

  @Get('retried')
  retried(tasks: BackgroundTasks) {
    tasks.addTask(failingOnce()).with({ retries: { retries: 1, minTimeout: 0 } });
    return answer;
  }

  @Get('plain')
  plain() {
    return answer;
  }

  @Sse('events')
  events(tasks: BackgroundTasks): Observable<MessageEvent> {
    tasks.addTask(work).with({ runOn: 'always' });
    return concat(of({ data: 'begun' }), NEVER);
  }
}

@Controller()
class RequestScoped {
  constructor(private readonly tasks: BackgroundTasks) {}

  @Get('constructor')
  add() {
    this.tasks.addTask(work);
    return answer;
  }
}

@Module({ imports: [BackgroundTasksModule], controllers: [Handlers, RequestScoped] })
export class SoakModule {}
