import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Injectable, Post, Scope } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { Cron } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { BackgroundTask, BackgroundTasks, BackgroundTasksModule, Tasks } from 'nestjs-background-tasks';
import { express, type Reply, start } from '../harness/application.js';
import { Enhancer } from '../harness/enhancer.js';
import { compiled, tsc } from './compilers.js';
import {
  logged,
  loggedWithoutModule,
  messageOf,
  refused,
  signUpThat,
  thrown,
  warned,
  withOptions,
  wrong,
} from './told.js';

/** What a newcomer gets to read for a mistake: it names the mistake, and says how it is mended. */
type Mistake = [mistake: string, make: () => Promise<string>, what: string, mend: string];

class Mailer {
  readonly sent: string[] = [];

  async send(email: string): Promise<void> {
    this.sent.push(email);
  }
}
const mailer = new Mailer();

describe('A typical mistake in the modules is told at the start:', () => {
  const mistakes: Mistake[] = [
    [
      'BackgroundTasks among the providers, as Nest’s own hint suggests',
      () => refused({ providers: [BackgroundTasks] }),
      'Cannot provide BackgroundTasks in `RootTestModule`: BackgroundTasksModule provides them',
      'Take BackgroundTasks out of the providers',
    ],
    [
      'BackgroundTasks among the providers, and no BackgroundTasksModule',
      () => messageOf(Test.createTestingModule({ providers: [BackgroundTasks] }).compile()),
      "Nest can't resolve dependencies of the BackgroundTasks",
      'import of BackgroundTasksModule in the root module',
    ],
    [
      'options in two modules',
      () => refused({ imports: [withOptions({ concurrency: 1 }), withOptions({ concurrency: 2 })] }),
      'BackgroundTasksModule was imported with two different sets of options',
      'Call forRoot() or forRootAsync() with options once, in the root module',
    ],
    [
      'Scope.DEFAULT in one module, and not in another',
      () => refused({ imports: [withOptions({ scope: Scope.DEFAULT }), BackgroundTasksModule] }),
      'imported with `scope: Scope.DEFAULT` and also without it',
      'import it once, in the root module',
    ],
    [
      'a global guard that gets tasks, and is made once',
      () => refused({ providers: [{ provide: APP_GUARD, useClass: Limits }] }),
      APP_GUARD,
      'Scope.REQUEST',
    ],
    [
      'a durable provider that gets tasks',
      () => refused({ providers: [Durable] }),
      'Cannot inject BackgroundTasks into `Durable`: it is durable',
      'Take `tasks: BackgroundTasks` as a parameter of the handler',
    ],
    [
      'an override by a class in a test',
      () => {
        const controllers = [signUpThat((tasks) => tasks)];
        const builder = Test.createTestingModule({ imports: [BackgroundTasksModule], controllers });
        return messageOf(builder.overrideProvider(BackgroundTasks).useClass(BackgroundTasks).compile());
      },
      'Cannot override BackgroundTasks by a class or a factory',
      '`overrideProvider(BackgroundTasks).useValue(…)`',
    ],
  ];

  it.each(mistakes)('%s', expectTold);
});

describe('A typical mistake in the options is told at the start:', () => {
  const mistakes: Mistake[] = [
    ['a wrong name', () => wrong({ concurency: 2 }), 'There is no `concurency`', 'Did you mean `concurrency`?'],
    [
      'a name of the defaults outside of them',
      () => wrong({ retries: 3 }),
      'There is no `retries`',
      '`defaults.retries`',
    ],
    ['a wrong name among the defaults', () => wrong({ defaults: { timout: 5 } }), 'Expected `defaults`', '`timeout`?'],
    [
      'a text instead of a number',
      () => wrong({ defaults: { timeout: '5s' } }),
      'Expected `defaults.timeout` to be milliseconds above 0',
      "got `'5s'` (string)",
    ],
    [
      'an interceptor instead of its class',
      () => wrong({ interceptors: [new Enhancer()] }),
      'Expected `interceptors[0]` to be a class, for Nest to resolve',
      'got `Enhancer {}` (object)',
    ],
    [
      'the scope in what the factory returns',
      () => refused({ imports: [BackgroundTasksModule.forRootAsync({ useFactory: () => ({ scope: 0 }) as object })] }),
      'Expected `scope`',
      'to be beside the factory, not in what it returns',
    ],
    [
      'options instead of a factory',
      () => messageOf(async () => BackgroundTasksModule.forRootAsync({ onFailure: 'continue' } as never)),
      'There is no `onFailure`',
      '`useFactory`',
    ],
    [
      'a wrong name for one task',
      () => thrown((tasks) => tasks.addTask(mailer, 'send', 'ada').with({ retry: 3 } as object)),
      'There is no `retry`',
      'Did you mean `retries`?',
    ],
  ];

  it.each(mistakes)('%s', expectTold);
});

describe('A typical mistake in a parameter is told at the start:', () => {
  const mistakes: Mistake[] = [
    [
      '`import type`',
      () => warned({ controllers: [compiled(tsc, IMPORT_TYPE)] }),
      'Nest will pass nothing for parameter 2 of `SignUp.signUp`',
      'write `@Tasks()` before it',
    ],
    [
      'tasks for what a clock calls',
      () => warned({ providers: [Nightly] }),
      'Nobody passes BackgroundTasks for parameter 1 of `Nightly.report` (@nestjs/schedule)',
      'add them within `runner.scope((tasks) => …)`',
    ],
    [
      'a class of one’s own',
      () => refused({ controllers: [OwnClass] }),
      'Cannot inject BackgroundTasks into parameter 2 of `OwnClass.signUp`: its type is `MyTasks`',
      'Take `tasks: BackgroundTasks`',
    ],
    [
      'another one before it without a decorator, in a message',
      () => refused({ controllers: [Undecorated] }),
      'Cannot inject BackgroundTasks into `Undecorated.signedUp`: the parameters before it have no decorator',
      'Decorate them, with `@Payload()` in a microservice',
    ],
    [
      '`@Tasks()` in a constructor',
      () =>
        messageOf(async () => {
          class Service {
            constructor(@Tasks() readonly tasks: BackgroundTasks) {}
          }
          return Service;
        }),
      'Cannot use @Tasks() in the constructor of `Service`',
      '`private readonly tasks: BackgroundTasks` needs no decorator',
    ],
  ];

  it.each(mistakes)('%s', expectTold);
});

describe('A typical mistake with tasks is told where it is made:', () => {
  const mistakes: Mistake[] = [
    [
      'the call instead of the function',
      () => thrown((tasks) => tasks.addTask(mailer.send('ada') as never)),
      'Cannot make a background task of `Promise',
      'Pass the function and then its arguments, as in (send, email) and not (send(email))',
    ],
    [
      'a method that is none',
      () => thrown((tasks) => tasks.addTask(mailer, 'sned' as never, 'ada' as never)),
      'Cannot make a background task of `Mailer.sned`: it is `undefined` (undefined), no method',
      'Pass the target and the name of one of its methods',
    ],
    [
      'a class instead of an instance',
      () => thrown((tasks) => tasks.addTask(Mailer as never)),
      'Cannot make a background task of `[class Mailer]` (function): it is no function',
      "or a target and a method, as in (mailer, 'send', email)",
    ],
    [
      'a function on the response, and no task',
      () => thrown((_, response) => (response.background = () => mailer.send('ada'))),
      'to the response: `background` takes a BackgroundTask or BackgroundTasks',
      'Write `res.background = new BackgroundTask(send, email)`',
    ],
    [
      'the same tasks for two responses',
      async () => {
        const shared = new BackgroundTasks();
        const attach = (_: unknown, response: Reply): unknown => (response.background = shared);
        await thrown(attach);
        return thrown(attach);
      },
      'they already belong to another response',
      'Make a new BackgroundTasks for each response',
    ],
    [
      'running them by hand in a handler',
      () => thrown((tasks) => tasks.run()),
      'Cannot run these background tasks by hand: they belong to a response',
      'await idle() of the BackgroundTasksRunner',
    ],
    [
      'tasks in a job, with no request',
      async () => {
        const imports = [withOptions({ scope: Scope.DEFAULT })];
        const { app } = await start(express, { imports });
        return messageOf(async () => app.get(BackgroundTasks).addTask(mailer, 'send', 'ada'));
      },
      'Cannot add the background task `Mailer.send`: there is no HTTP request here',
      'add within `BackgroundTasksRunner.scope()`',
    ],
    [
      'no BackgroundTasksModule',
      loggedWithoutModule,
      'BackgroundTasksModule is not imported',
      'Cannot add the background task `SignUp.signUp`',
    ],
    [
      'more tasks than there may be',
      () => thrown((tasks) => [1, 2].map(() => tasks.addTask(mailer, 'send', 'ada')), withOptions({ maxPending: 1 })),
      '1 already wait or run, which is `maxPending`',
      'raise the limit',
    ],
    [
      'options for a task that runs',
      () => {
        const task = new BackgroundTask(mailer, 'send', 'ada');
        return messageOf(async () => {
          const running = task.run();
          task.with({ retries: 2 });
          await running;
        });
      },
      'Cannot set options of the background task `Mailer.send`: it has already started',
      'Call with() when the task is added',
    ],
  ];

  it.each(mistakes)('%s', expectTold);
});

describe('A typical mistake in what a task does is told in the log:', () => {
  const mistakes: Mistake[] = [
    [
      'a generator',
      () => logged(async function* mails() {}),
      '"mails" failed',
      'nobody iterates the generator object that it returned',
    ],
    [
      'a timeout in seconds',
      () => logged(() => new Promise(() => undefined), { timeout: 5 }),
      'failed',
      'took longer than its timeout of 5 ms',
    ],
  ];

  it.each(mistakes)('%s', expectTold);
});

const IMPORT_TYPE = `
  import { Body, Controller, Post } from '@nestjs/common';
  import type { BackgroundTasks } from 'nestjs-background-tasks';
  @Controller()
  export class SignUp {
    @Post() signUp(@Body() body: object, tasks: BackgroundTasks) {}
  }
`;

class MyTasks extends BackgroundTasks {}

@Controller()
class OwnClass {
  @Post()
  signUp(@Body() _body: object, _tasks: MyTasks): void {}
}

@Controller()
class Undecorated {
  @MessagePattern('signed up')
  signedUp(_account: object, _tasks: BackgroundTasks): void {}
}

@Injectable()
class Nightly {
  @Cron('0 3 * * *')
  report(_tasks: BackgroundTasks): void {}
}

@Injectable()
class Limits extends Enhancer {
  constructor(readonly tasks: BackgroundTasks) {
    super();
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class Durable {
  constructor(readonly tasks: BackgroundTasks) {}
}

async function expectTold(_: string, make: Mistake[1], what: string, mend: string): Promise<void> {
  const told = await make();
  expect(told).toContain(what);
  expect(told).toContain(mend);
}
