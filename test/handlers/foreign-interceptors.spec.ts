import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  type NestInterceptor,
  Param,
  Scope,
  UseInterceptors,
} from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  BackgroundTasks,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  type BackgroundTasksRunner,
  Tasks,
} from 'nestjs-background-tasks';
import { firstValueFrom, Observable } from 'rxjs';
import { platforms, request, start } from '../harness/application.js';
import { start as startService } from '../messages/microservices/service.js';

/** The context of whoever used it first, as that of a connection's callbacks. */
let inPool: (<R>(fn: () => R) => R) | undefined;

beforeEach(() => {
  inPool = undefined;
});

/** Calls the handler from a callback of a connection that another request has opened. */
class Asks implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return new Observable((subscriber) => {
      inPool ??= AsyncLocalStorage.snapshot();
      setImmediate(() => inPool?.(() => subscriber.add(next.handle().subscribe(subscriber))));
    });
  }
}

class Passes implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

abstract class Adding {
  constructor(@Inject(BackgroundTasks) protected readonly tasks: BackgroundTasks) {}

  protected async add(id: string): Promise<string> {
    this.tasks.addTask(() => undefined).with({ name: `at once ${id}` });
    await Promise.resolve();
    this.tasks.addTask(() => undefined).with({ name: `later ${id}` });
    return id;
  }
}

@Controller()
class OfHandler extends Adding {
  @Get(':id')
  @UseInterceptors(Passes, Asks)
  asks(@Param('id') id: string): Promise<string> {
    return this.add(id);
  }
}

@Controller()
@UseInterceptors(Asks)
class OfClass extends Adding {
  @Get(':id')
  asks(@Param('id') id: string): Promise<string> {
    return this.add(id);
  }
}

@Controller()
@UseInterceptors(Passes)
class OfBoth extends Adding {
  @Get(':id')
  @UseInterceptors(Asks)
  asks(@Param('id') id: string): Promise<string> {
    return this.add(id);
  }
}

@Controller()
class OfParameters {
  @MessagePattern('asks')
  @UseInterceptors(Asks)
  async asks(@Payload() id: string, @Tasks() tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(() => undefined).with({ name: `at once ${id}` });
    await Promise.resolve();
    tasks.addTask(() => undefined).with({ name: `later ${id}` });
    return id;
  }
}

@Controller()
@UseInterceptors(Asks)
class OfMessages extends Adding {
  @MessagePattern('asks')
  @UseInterceptors(Passes)
  asks(@Payload() id: string): Promise<string> {
    return this.add(id);
  }
}

const IDS = ['1', '2', '3'];

/** What is in the batches of requests that do not know of one another. */
const APART = IDS.map((id) => [`at once ${id}`, `later ${id}`]);

/** The names of the tasks in each batch that `asks` makes. */
async function batchesBy({ runner, events }: Ears, asks: (id: string) => Promise<unknown>): Promise<string[][]> {
  const batches = new Map<string, string[]>();
  events.events$.subscribe((event) => {
    if (event.type === 'added') batches.set(event.batchId, [...(batches.get(event.batchId) ?? []), event.name]);
  });
  for (const id of IDS) await asks(id);
  await runner.idle();
  return [...batches.values()];
}

interface Ears {
  readonly runner: BackgroundTasksRunner;
  readonly events: BackgroundTasksEvents;
}

describe.each(platforms)(
  'an interceptor on $name that goes on in the callback of a pool, with Scope.DEFAULT,',
  (platform) => {
    it.each([
      ['of a handler', OfHandler, 'needed'],
      ['of a controller', OfClass, 'needed'],
      ['of both', OfBoth, 'needed'],
      ['of a handler, where all are followed', OfHandler, 'everywhere'],
    ] as const)('%s, leads to no batch of another request', async (_, controller, bind) => {
      const imports = [BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT, bind })];
      const running = await start(platform, { imports, controllers: [controller] });
      const events = running.app.get(BackgroundTasksEvents);
      expect(await batchesBy({ ...running, events }, (id) => request(running, `/${id}`))).toEqual(APART);
    });
  },
);

describe.each(['default', 'request'] as const)('an interceptor of messages that does so, with %s scope,', (scope) => {
  it('leads to no batch of another message', async () => {
    const service = await startService(
      { scope: scope === 'default' ? Scope.DEFAULT : Scope.REQUEST },
      { controllers: [scope === 'default' ? OfMessages : OfParameters] },
    );
    const ask = (id: string): Promise<string> => firstValueFrom(service.client.send<string>('asks', id));
    expect(await batchesBy(service, ask)).toEqual(APART);
  });
});
