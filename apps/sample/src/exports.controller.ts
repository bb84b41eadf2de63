import { setTimeout } from 'node:timers/promises';
import { Body, Controller, Post } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { EmailDto } from './email.dto.js';
import { Mailer } from './mailer.js';

/** Milliseconds. */
const SLOW = 1000;

/** A slow answer, for clients that do not wait for it: their tasks run all the same. */
@Controller('exports')
export class ExportsController {
  constructor(private readonly mailer: Mailer) {}

  @Post()
  async make(@Body() { email }: EmailDto, tasks: BackgroundTasks) {
    tasks.addTask(this.mailer, 'sendExport', email);
    await setTimeout(SLOW);
    return { status: 'the export is on its way' };
  }
}
