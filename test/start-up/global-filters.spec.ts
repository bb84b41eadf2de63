import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  Scope,
  ImATeapotException,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { BackgroundTask, BackgroundTasks, BackgroundTasksModule } from 'nestjs-background-tasks';
import { platforms, type Reply, request, start } from '../harness/application.js';

const report = (): void => undefined;

function answer(host: ArgumentsHost): Reply {
  const response = host.switchToHttp().getResponse<Reply>();
  response.status(418).send('by the filter');
  return response;
}

@Catch()
class Injecting implements ExceptionFilter {
  constructor(private readonly tasks: BackgroundTasks) {}

  catch(_: unknown, host: ArgumentsHost): void {
    this.tasks.addTask(report).with({ runOn: 'always' });
    answer(host);
  }
}

@Catch()
class Attaching implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Reply>().background = new BackgroundTask(report).with({ runOn: 'always' });
    answer(host);
  }
}

@Controller()
class Fails {
  @Get('known')
  known(): never {
    throw new ImATeapotException();
  }
}

describe.each(platforms)('on $name, a global exception filter', (platform) => {
  const answers = async (scope: Scope.DEFAULT | Scope.REQUEST, filter: object) => {
    const imports = [BackgroundTasksModule.forRoot({ scope })];
    const providers = [{ provide: APP_FILTER, ...filter } as never];
    const running = await start(platform, { imports, controllers: [Fails], providers });
    const bodies = [];
    for (const path of ['/known', '/unknown']) bodies.push((await request(running, path)).body);
    await running.runner.idle();
    return { isCalled: bodies.map((body) => body === 'by the filter'), ran: running.runner.stats().succeeded };
  };

  it('that gets request-scoped tasks is not called by Nest for an unknown route', async () => {
    const filter = { useClass: Injecting, scope: Scope.REQUEST };
    expect(await answers(Scope.REQUEST, filter)).toEqual({ isCalled: [true, false], ran: 1 });
  });

  it('that gets tasks with Scope.DEFAULT, or attaches them, is', async () => {
    const always = { isCalled: [true, true], ran: 2 };
    expect(await answers(Scope.DEFAULT, { useClass: Injecting })).toEqual(always);
    expect(await answers(Scope.REQUEST, { useClass: Attaching })).toEqual(always);
  });
});
