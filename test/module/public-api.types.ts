/** Compiled, never run: every line marked as an error has to be one. */
import type { Response } from 'express';
import { expectTypeOf } from 'expect-type';
import type { FastifyReply } from 'fastify';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksRunner,
  currentTask,
  type SkipReason,
  type TaskContext,
  type TaskInterceptor,
} from 'nestjs-background-tasks';
import { of } from 'rxjs';

declare const tasks: BackgroundTasks;
declare function send(to: string, copies?: number): Promise<void>;

class Mailer {
  readonly from = 'us@example.org';

  static flush(limit: number): number {
    return limit;
  }

  send(to: string, copies = 1): string {
    return `${to} × ${copies}`;
  }

  protected secret(): void {}

  sendLater(): void {
    tasks.addTask(this, 'send', 'ada@example.org');
    tasks.addTask(this, 'send', 'ada@example.org', 2);
    new BackgroundTask(this, 'send', 'ada@example.org');
    // @ts-expect-error a wrong argument of a method of `this`
    tasks.addTask(this, 'send', 42);
    // @ts-expect-error no such method of `this`
    tasks.addTask(this, 'sned', 'ada@example.org');
  }
}

declare const mailer: Mailer;

// what is right compiles, and gives a task
expectTypeOf(tasks.addTask(send, 'ada@example.org')).toEqualTypeOf<BackgroundTask>();
expectTypeOf(tasks.addTask(mailer, 'send', 'ada@example.org', 2)).toEqualTypeOf<BackgroundTask>();
expectTypeOf(tasks.addTask(Mailer, 'flush', 10)).toEqualTypeOf<BackgroundTask>();
expectTypeOf(tasks.addTask(() => undefined)).toEqualTypeOf<BackgroundTask>();
expectTypeOf(tasks.addTask(new BackgroundTask(send, 'ada@example.org', 2))).toEqualTypeOf<BackgroundTask>();
expectTypeOf(tasks.addTask(new BackgroundTasks())).toEqualTypeOf<BackgroundTask>();
expectTypeOf(new BackgroundTask(mailer, 'send', 'ada@example.org')).toExtend<BackgroundTask>();
expectTypeOf<BackgroundTasks>().toExtend<BackgroundTask>();
expectTypeOf<BackgroundTasks>().toExtend<Iterable<BackgroundTask>>();
expectTypeOf(tasks.size).toEqualTypeOf<number>();
expectTypeOf(tasks.cancel()).toEqualTypeOf<boolean>();
expectTypeOf(tasks.addTask(send, 'ada@example.org').cancel()).toEqualTypeOf<boolean>();
expectTypeOf(tasks.addTask(() => of(1))).toEqualTypeOf<BackgroundTask>();
expectTypeOf<'cancelled'>().toExtend<SkipReason>();
expectTypeOf(new BackgroundTasks([]).with({ runOn: 'always' })).toEqualTypeOf<BackgroundTasks>();
expectTypeOf(currentTask()).toEqualTypeOf<TaskContext | undefined>();
expectTypeOf<TaskContext>().toEqualTypeOf<{
  readonly name: string;
  readonly signal: AbortSignal;
  readonly attempt: number;
  readonly outcome: 'success' | 'failure';
  readonly status: number | undefined;
  readonly aborted: boolean;
  readonly batchId: string;
  readonly index: number;
  readonly addedAt: number;
  readonly carried: Readonly<Record<string, string>>;
  readonly stored?: { readonly system: string; readonly queue: string } | undefined;
}>();
expectTypeOf<TaskInterceptor>().toEqualTypeOf<{
  readonly isEnabled?: boolean;
  intercept(task: TaskContext, next: () => Promise<void>): Promise<void>;
  store?(
    batch: {
      readonly batchId: string;
      readonly names: readonly string[];
      readonly system: string;
      readonly queue: string;
      readonly carry: Record<string, string>;
    },
    next: () => Promise<void>,
  ): Promise<void>;
}>();
expectTypeOf<BackgroundTasksRunner['idle']>().toEqualTypeOf<(options?: { timeout?: number }) => Promise<void>>();

// @ts-expect-error the call instead of the function
tasks.addTask(send('ada@example.org'));
// @ts-expect-error a wrong argument
tasks.addTask(send, 42);
// @ts-expect-error a missing argument
tasks.addTask(send);
// @ts-expect-error an argument too many
tasks.addTask(send, 'ada@example.org', 2, 3);
// @ts-expect-error a wrong argument of a method
tasks.addTask(mailer, 'send', 42);
// @ts-expect-error a missing argument of a method
tasks.addTask(mailer, 'send');
// @ts-expect-error no such method
tasks.addTask(mailer, 'sned', 'ada@example.org');
// @ts-expect-error a property that is no method
tasks.addTask(mailer, 'from');
// @ts-expect-error a method nobody else may call
tasks.addTask(mailer, 'secret');
// a function is called itself: no method of it is
declare function flush(limit: number): void;
// @ts-expect-error a method of a function
tasks.addTask(flush, 'call', undefined, 1);
// @ts-expect-error a method of a function
tasks.addTask(flush, 'toString');
// @ts-expect-error a method of a function
new BackgroundTask(flush, 'call', undefined, 1);
// @ts-expect-error a method of a function that has one of its own
tasks.addTask(Object.assign(flush, { later: () => undefined }), 'later');
// @ts-expect-error a method of what can be called, and is no class of JavaScript's making
tasks.addTask(Date, 'now');
// @ts-expect-error a method of a task, which is added itself
tasks.addTask(new BackgroundTask(send, 'ada@example.org'), 'cancel');
// @ts-expect-error a method of tasks
tasks.addTask(new BackgroundTasks(), 'run');
// @ts-expect-error an argument beside a task
tasks.addTask(new BackgroundTask(send, 'ada@example.org'), 'ada@example.org');
// … but that of a class, and what is named as one of a task's is
class Job {
  static apply(_reason: string): void {}

  cancel(_reason: string): void {
    tasks.addTask(this, 'cancel', 'itself');
    new BackgroundTask(this, 'cancel', 'itself');
    // @ts-expect-error a wrong argument of its own method
    tasks.addTask(this, 'cancel', 42);
  }
}
tasks.addTask(Job, 'apply', 'static');
new BackgroundTask(Job, 'apply', 'static');
tasks.addTask(new Job(), 'cancel', 'of another');
new BackgroundTask(new BackgroundTask(send, 'ada@example.org'), 'cancel');
// @ts-expect-error a wrong argument
new BackgroundTask(send, 42);
// @ts-expect-error a wrong argument of a method
new BackgroundTask(mailer, 'send', 42);
// @ts-expect-error no such method
new BackgroundTask(mailer, 'sned');
// @ts-expect-error no such end of a response
tasks.addTask(send, 'ada@example.org').with({ runOn: 'sometimes' });
// @ts-expect-error no such option
tasks.addTask(send, 'ada@example.org').with({ retry: 3 });
// @ts-expect-error no such option
BackgroundTasksModule.forRoot({ onFailure: 'explode' });
// @ts-expect-error a list is no task
new BackgroundTasks([send]);

// a class of one's own names what its call is checked against
class Notify extends BackgroundTask<[to: string, copies?: number]> {
  constructor(readonly to: string) {
    super(send, to);
  }
}

class Flush extends BackgroundTask<[number]> {
  constructor() {
    // @ts-expect-error a wrong argument
    super((limit: number) => limit, 'ten');
  }
}

class Welcome extends BackgroundTask {
  // … or nothing, and then it is not checked
  constructor(to: string) {
    super(mailer, 'send', to);
  }

  override async run(): Promise<void> {
    await super.run();
  }
}

class Resend extends BackgroundTask<[], Mailer, 'send'> {
  constructor(to: string) {
    super(mailer, 'send', to);
  }
}

class Resends extends BackgroundTask<[], Mailer, 'send'> {
  constructor() {
    // @ts-expect-error a wrong argument of the method
    super(mailer, 'send', 42);
  }
}

class Inherits extends BackgroundTask {}

class Transaction extends BackgroundTasks {
  override async run(): Promise<void> {
    await super.run();
  }

  override cancel(): boolean {
    return super.cancel();
  }
}

expectTypeOf(new Transaction([null, undefined]).with({ name: 'booking' })).toEqualTypeOf<Transaction>();

expectTypeOf(new Notify('ada@example.org')).toExtend<BackgroundTask>();
expectTypeOf(new Notify('ada@example.org').to).toEqualTypeOf<string>();
expectTypeOf(new Notify('ada@example.org').with({ runOn: 'always' })).toEqualTypeOf<Notify>();
expectTypeOf(tasks.addTask(new Welcome('ada@example.org'))).toEqualTypeOf<BackgroundTask>();
expectTypeOf(new Inherits(send, 'ada@example.org')).toExtend<BackgroundTask>();
expectTypeOf(new Resend('ada@example.org')).toExtend<BackgroundTask>();
expectTypeOf(new Resends()).toExtend<BackgroundTask>();
expectTypeOf(new Flush()).toExtend<BackgroundTask>();

declare const anything: unknown;
if (anything instanceof BackgroundTask) expectTypeOf(anything).toEqualTypeOf<BackgroundTask>();
if (anything instanceof BackgroundTasks) expectTypeOf(anything).toEqualTypeOf<BackgroundTasks>();

// nobody meets the type parameters of the constructor
// @ts-expect-error a task has none
expectTypeOf<BackgroundTask<[string]>>();

declare const response: Response;
declare const reply: FastifyReply;

response.background = new BackgroundTask(send, 'ada@example.org');
response.background = new BackgroundTasks([new BackgroundTask(send, 'ada@example.org')]);
reply.background = new BackgroundTask(mailer, 'send', 'ada@example.org');
// merged, as Starlette's users do; and nothing at all
expectTypeOf<Response['background']>().toEqualTypeOf<BackgroundTask | null | undefined>();
expectTypeOf<FastifyReply['background']>().toEqualTypeOf<BackgroundTask | null | undefined>();
response.background = new BackgroundTasks([response.background, new BackgroundTask(send, 'ada@example.org')]);
reply.background = new BackgroundTasks([reply.background, null, undefined]);
response.background ??= new BackgroundTask(send, 'ada@example.org');
response.background = null;
reply.background = null;
reply.background = undefined;
// @ts-expect-error a promise is no task
response.background = send('ada@example.org');
// @ts-expect-error a function is no task
response.background = send;
// @ts-expect-error a function is no task
reply.background = send;
const lookalike = { name: 'send', with: () => lookalike, run: () => Promise.resolve() };
// @ts-expect-error what looks like a task is none
response.background = lookalike;
