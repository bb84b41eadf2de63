import { describe, expect, it } from '@jest/globals';
import { OnWorkerEvent, Processor } from '@nestjs/bullmq';
import { Controller, Get, Injectable, type ModuleMetadata, Scope, SetMetadata } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Cron, Interval, Timeout } from '@nestjs/schedule';
import { BackgroundTasks, BackgroundTasksModule, Tasks } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { compiled, compilers, tsc, withoutTypes } from './compilers.js';

const handler = (imports: string, parameters: string): string => `
  import { Body, Controller, Param, Post } from '@nestjs/common';
  ${imports}
  @Controller()
  export class SignUp {
    @Post(':id')
    signUp(${parameters}) {
      return typeof tasks;
    }
  }
`;
const IMPORT_TYPE = `import type { BackgroundTasks } from 'nestjs-background-tasks';`;
const ALIAS = `import { BackgroundTasks } from 'nestjs-background-tasks'; type Queue = BackgroundTasks;`;
const IMPORT = `import { BackgroundTasks } from 'nestjs-background-tasks';`;

describe.each(platforms)('on $name, the start warns of', (platform) => {
  const warnings = async (metadata: ModuleMetadata): Promise<unknown[]> => {
    const running = await start(platform, metadata);
    return running.logger.ofTasks('warn').map(({ message }) => message);
  };

  const untyped = (parameters: string): string =>
    `Nest will pass nothing for ${parameters}: there is no decorator, and no type was compiled in. If BackgroundTasks are ` +
    'meant, write `@Tasks()` before it: `import type`, an alias, and compilers like esbuild leave no type.';

  it.each(compilers)('a parameter whose type is imported as a type, compiled by $name', async (compiler) => {
    const SignUp = compiled(compiler, handler(IMPORT_TYPE, '@Body() body: object, tasks: BackgroundTasks'));
    expect(await warnings({ controllers: [SignUp] })).toEqual([untyped('parameter 2 of `SignUp.signUp`')]);
  });

  it.each(compilers)('a parameter whose type is an alias, compiled by $name', async (compiler) => {
    const SignUp = compiled(compiler, handler(ALIAS, 'tasks: Queue, @Body() body: object'));
    expect(await warnings({ controllers: [SignUp] })).toEqual([untyped('parameter 1 of `SignUp.signUp`')]);
  });

  it('a parameter of any type, where the compiler leaves none', async () => {
    const source = handler(IMPORT, "@Param('id') id: string, tasks: BackgroundTasks, name: string");
    expect(await warnings({ controllers: [compiled(withoutTypes, source)] })).toEqual([
      untyped('parameter 2 of `SignUp.signUp`, parameter 3 of `SignUp.signUp`'),
    ]);
  });

  it('nothing that `@Tasks()` mends', async () => {
    const source = handler(
      `import { type BackgroundTasks, Tasks } from 'nestjs-background-tasks';`,
      "@Param('id') id: string, @Tasks() tasks: BackgroundTasks",
    );
    for (const compiler of compilers) {
      const running = await start(platform, { controllers: [compiled(compiler, source)] });
      expect((await request(running, '/1', { method: 'POST' })).body).toBe('object');
      expect(running.logger.ofTasks('warn')).toEqual([]);
    }
  });

  it('tasks in methods that no request calls, in one line with all else', async () => {
    @Injectable()
    class Jobs {
      @Cron('0 3 * * *')
      nightly(_tasks: BackgroundTasks): void {}

      @Interval(1_000_000)
      often(_tasks: BackgroundTasks): void {}

      @Timeout(1_000_000)
      later(_tasks: BackgroundTasks): void {}

      @OnEvent('signed up')
      signedUp(_account: object, _tasks: BackgroundTasks): void {}

      // as @RabbitSubscribe() of @golevelup/nestjs-rabbitmq, which jest cannot load beside Nest 12
      @SetMetadata(Symbol('RABBIT_HANDLER'), { type: 'subscribe' })
      message(_message: object, _tasks: BackgroundTasks): void {}
    }
    @Processor('mail')
    class Mails {
      // a method without any decorator has no types
      @SetMetadata('traced', true)
      process(_job: object, _tasks: BackgroundTasks): void {}

      @OnWorkerEvent('completed')
      completed(_job: object, @Tasks() _tasks: unknown): void {}
    }
    const SignUp = compiled(tsc, handler(IMPORT_TYPE, '@Body() body: object, tasks: BackgroundTasks'));
    for (const scope of [Scope.REQUEST, Scope.DEFAULT] as const) {
      const imports = [BackgroundTasksModule.forRoot({ scope })];
      expect(await warnings({ imports, controllers: [SignUp], providers: [Jobs, Mails] })).toEqual([
        `${untyped('parameter 2 of `SignUp.signUp`')} Nobody passes BackgroundTasks for parameter 1 of \`Jobs.nightly\` ` +
          '(@nestjs/schedule), parameter 1 of `Jobs.often` (@nestjs/schedule), parameter 1 of `Jobs.later` ' +
          '(@nestjs/schedule), parameter 2 of `Jobs.signedUp` (@nestjs/event-emitter), parameter 2 of `Jobs.message` ' +
          '(@golevelup/nestjs-rabbitmq), parameter 2 of `Mails.process` (@nestjs/bullmq), parameter 2 of `Mails.completed` (@nestjs/bullmq): no request calls it. Inject ' +
          'BackgroundTasksRunner, and add them within `runner.scope((tasks) => …)`.',
      ]);
    }
  });

  it('tasks in a method of a controller that a clock calls, too', async () => {
    @Controller()
    class Reports {
      @Get()
      @Cron('0 3 * * *')
      write(tasks: BackgroundTasks): number {
        return tasks.size;
      }
    }
    const running = await start(platform, { controllers: [Reports] });
    expect((await request(running, '/')).body).toBe('0');
    expect(running.logger.ofTasks('warn')).toHaveLength(1);
    expect(running.logger.ofTasks('warn')[0]?.message).toContain('parameter 1 of `Reports.write` (@nestjs/schedule)');
  });
});
