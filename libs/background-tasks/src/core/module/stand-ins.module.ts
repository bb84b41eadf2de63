import { Global, Module, type Provider, Scope, type Type } from '@nestjs/common';
import { meetOtherCopies } from '../errors/other-copies.js';
import { refuseOtherCopy } from '../start-up/other-copies-module.js';
import { NEED_OF_MODULE } from '../start-up/provided-tasks.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';

// a class of one's own that extends BackgroundTasks asks for it, too, and begins without tasks
const standIns: Provider[] = [{ provide: NEED_OF_MODULE, useValue: [] }];
const tokens: Array<string | Type> = [NEED_OF_MODULE];

/** Provides, for the sake of what Nest would say without it, what nobody should ask for. Nest reads the lists when it starts. */
@Global()
@Module({ providers: standIns, exports: tokens })
export class BackgroundTasksStandInsModule {}

meetOtherCopies(BackgroundTasks, (tasks) => {
  // made where somebody asks for it, and nowhere else
  standIns.push({ provide: tasks, useFactory: refuseOtherCopy, scope: Scope.TRANSIENT });
  tokens.push(tasks);
});
