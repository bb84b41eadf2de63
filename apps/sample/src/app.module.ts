import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { InspectorModule, onlyThisMachine } from 'nestjs-background-tasks/inspector';
import { Accounts } from './accounts.js';
import { AuditController } from './audit.controller.js';
import { AuditLog } from './audit-log.js';
import { durableSettings, durableTasks } from './durable-tasks.js';
import { ExportsController } from './exports.controller.js';
import { FullArchive } from './full-archive.js';
import { HomeController } from './home.controller.js';
import { createMailTransport, MAIL_TRANSPORT } from './mail-transport.js';
import { Mailer } from './mailer.js';
import { PasswordResets } from './password-resets.js';
import { PasswordResetsController } from './password-resets.controller.js';
import { Reports } from './reports.js';
import { ReportsController } from './reports.controller.js';
import { SignUpController } from './sign-up.controller.js';

@Module({
  imports: [
    BackgroundTasksModule,
    InspectorModule.forRoot({ path: 'inspector', authorize: onlyThisMachine }),
    ...durableTasks(durableSettings),
  ],
  controllers: [
    HomeController,
    SignUpController,
    PasswordResetsController,
    ReportsController,
    ExportsController,
    AuditController,
  ],
  providers: [
    Accounts,
    AuditLog,
    FullArchive,
    Mailer,
    PasswordResets,
    Reports,
    { provide: MAIL_TRANSPORT, useFactory: () => createMailTransport(process.env.SMTP_URL) },
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
