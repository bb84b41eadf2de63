import { Injectable } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { AuditLog } from './audit-log.js';
import { FullArchive } from './full-archive.js';
import { Mailer } from './mailer.js';

/** Tasks injected into a service, which is request-scoped by that. */
@Injectable()
export class Reports {
  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly auditLog: AuditLog,
    private readonly archive: FullArchive,
    private readonly mailer: Mailer,
  ) {}

  /** The second task fails, so the third is skipped: nobody gets a link to a report that is not there. */
  order(report: string, email: string): void {
    this.tasks.addTask(this.auditLog, 'record', 'ordered a report', email);
    this.tasks.addTask(this.archive, 'store', report);
    this.tasks.addTask(this.mailer, 'sendReportLink', email, report);
  }
}
