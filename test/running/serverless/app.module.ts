import { Body, Controller, HttpException, Module, Post } from '@nestjs/common';
import { BackgroundTasks, currentTask } from 'nestjs-background-tasks';

/** What the tasks of the last invocations did, and what they knew of the response. */
export const ran: unknown[] = [];

async function send(what: string): Promise<void> {
  // what a task waits for takes more than one turn of the event loop
  await new Promise((resolve) => setImmediate(resolve));
  const { outcome, aborted } = currentTask() ?? {};
  ran.push({ what, outcome, aborted });
}

@Controller()
class SignUpController {
  @Post('signup')
  signUp(@Body() { email }: { email: string }, tasks: BackgroundTasks) {
    tasks.addTask(send, `welcome, ${email}`);
    tasks.addTask(send, 'audit');
    tasks.addTask(send, 'alert').with({ runOn: 'failure' });
    if (email === '') throw new HttpException('no address', 422);
    return { status: 'signed up' };
  }
}

@Module({ controllers: [SignUpController] })
export class SignUpModule {}
