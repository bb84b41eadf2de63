import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { currentTask, DurableTask } from 'nestjs-background-tasks';
import { MAIL_TRANSPORT, type MailTransport } from './mail-transport.js';

/** Writes the e-mails of this application. With DURABLE_URL, they are stored before the response is sent. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  constructor(@Inject(MAIL_TRANSPORT) private readonly transport: MailTransport) {}

  @DurableTask('mail.welcome')
  async sendWelcome(email: string): Promise<void> {
    await this.transport.sendMail({ to: email, subject: 'Welcome', text: 'Good to have you here.' });
  }

  @DurableTask('mail.reset-link')
  async sendResetLink(email: string, token: string): Promise<void> {
    const link = `https://sample.example/password-resets/${token}`;
    await this.transport.sendMail({ to: email, subject: 'Reset your password', text: `Follow this link: ${link}` });
  }

  @DurableTask('mail.report-link')
  async sendReportLink(email: string, report: string): Promise<void> {
    const link = `https://sample.example/reports/${report}`;
    await this.transport.sendMail({ to: email, subject: 'Your report', text: `It is here: ${link}` });
  }

  @DurableTask('mail.export')
  async sendExport(email: string): Promise<void> {
    const text = currentTask()?.aborted ? 'You did not wait for it. Here it is.' : 'Here it is.';
    await this.transport.sendMail({ to: email, subject: 'Your export', text });
  }

  /** In the last of the shutdown hooks: until then a task may want to send. */
  onApplicationShutdown(): void {
    this.transport.close();
  }
}
