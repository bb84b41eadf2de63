import { Body, Controller, Post } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { Accounts } from './accounts.js';
import { AuditLog } from './audit-log.js';
import { Mailer } from './mailer.js';
import { SignUpDto } from './sign-up.dto.js';

/** Tasks as a parameter of the handler. */
@Controller('signup')
export class SignUpController {
  constructor(
    private readonly accounts: Accounts,
    private readonly mailer: Mailer,
    private readonly auditLog: AuditLog,
  ) {}

  @Post()
  signUp(@Body() dto: SignUpDto, tasks: BackgroundTasks) {
    this.accounts.open(dto.email);
    tasks.addTask(this.mailer, 'sendWelcome', dto.email);
    tasks.addTask(this.auditLog, 'record', 'welcomed', dto.email);
    return { username: dto.username, status: 'signed up' };
  }
}
