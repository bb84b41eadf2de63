import { afterEach, expect, it } from '@jest/globals';
import { Body, Controller, Injectable, Logger, Post } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { RecordingLogger } from '../../../../../test/harness/recording-logger.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { warnOfLosses } from './warnings.js';

@Controller()
class SignUp {
  @Post()
  signUp(@Body() _body: object, _tasks: unknown): void {}

  @Post('again')
  again(_tasks: unknown, @Body() _body: object): void {}
}

@Injectable()
class Jobs {
  @Cron('0 3 * * *')
  nightly(_tasks: BackgroundTasks): void {}
}

afterEach(() => Logger.overrideLogger(['error']));

/** What is said of an application that is made of these. */
async function said(controllers: [] | [typeof SignUp], providers: [] | [typeof Jobs]): Promise<unknown[]> {
  const logger = new RecordingLogger();
  const modules = await modulesOf({ controllers, providers });
  Logger.overrideLogger(logger);
  warnOfLosses(modules);
  expect(logger.lines).toEqual(logger.ofTasks('warn'));
  return logger.lines.map(({ message }) => message);
}

const UNTYPED =
  'Nest will pass nothing for parameter 2 of `SignUp.signUp`, parameter 1 of `SignUp.again`: there is no decorator, and no ' +
  'type was compiled in. If BackgroundTasks are meant, write `@Tasks()` before it: `import type`, an alias, and compilers ' +
  'like esbuild leave no type.';
const UNCALLED =
  'Nobody passes BackgroundTasks for parameter 1 of `Jobs.nightly` (@nestjs/schedule): no request calls it. Inject ' +
  'BackgroundTasksRunner, and add them within `runner.scope((tasks) => …)`.';

it('says nothing where nothing will be lost', async () => {
  expect(await said([], [])).toEqual([]);
});

it('says in one line what will probably be lost, and what to do', async () => {
  expect(await said([SignUp], [])).toEqual([UNTYPED]);
  expect(await said([], [Jobs])).toEqual([UNCALLED]);
  expect(await said([SignUp], [Jobs])).toEqual([`${UNTYPED} ${UNCALLED}`]);
});
