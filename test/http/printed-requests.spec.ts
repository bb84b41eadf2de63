import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  type NestInterceptor,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import type { Observable } from 'rxjs';
import { platforms, request, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';

/** As deep as no logger looks by itself: what is found there is found by `console.dir(request, { depth: null })`, too. */
const DEEP = 8;

let entered: Deferred;
let release: Deferred;
let printed: string[];

beforeEach(() => {
  [entered, release] = [deferred(), deferred()];
  printed = [];
});

const print = (what: object): void => void printed.push(inspect(what, { depth: DEEP, maxStringLength: 1_000 }));

class Printing implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getHandler().name === 'second') print(context);
    return next.handle();
  }
}

@Controller()
@UseInterceptors(Printing)
class Handlers {
  @Get('first/:secret')
  async first(tasks: BackgroundTasks): Promise<void> {
    tasks.addTask(() => undefined);
    entered.resolve();
    await release.promise;
  }

  @Get('second')
  second(@Req() asked: object, tasks: BackgroundTasks): void {
    tasks.addTask(() => undefined);
    print(asked);
  }
}

describe.each(platforms)('a request that is printed, on $name', (platform) => {
  it.each(['needed', 'everywhere'] as const)(
    'shows nothing of those beside it, followed as with bind: %p',
    async (bind) => {
      const imports = [BackgroundTasksModule.forRoot({ bind })];
      const running = await start(platform, { imports, controllers: [Handlers] });
      const first = request(running, '/first/hidden');
      await entered.promise;
      await request(running, '/second');
      release.resolve();
      await first;
      expect(printed).toHaveLength(2);
      for (const text of printed) expect(text.includes('hidden')).toBe(false);
    },
  );
});
