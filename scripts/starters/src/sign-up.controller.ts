import { Body, Controller, Post } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { WorkerTask } from 'nestjs-background-tasks/piscina';
import { Mailer } from './mailer.js';
import { writeReport } from './write-report.path.js';

interface Report {
  path: string;
  rows: Array<{ name: string; total: number }>;
}

@Controller()
export class SignUpController {
  constructor(private readonly mailer: Mailer) {}

  @Post('signup')
  signUp(@Body() { email }: { email: string }, tasks: BackgroundTasks) {
    tasks.addTask(this.mailer, 'sendWelcome', email).with({ retries: { retries: 2, minTimeout: 1 } });
    return { status: 'signed up' };
  }

  @Post('reports')
  report(@Body() report: Report, tasks: BackgroundTasks) {
    tasks.addTask(new WorkerTask(writeReport, report));
    tasks.addTask(() => console.log('the report is there'));
    return { status: 'on its way' };
  }
}
