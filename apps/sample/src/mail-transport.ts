import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { createTransport } from 'nodemailer';

/** One e-mail. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** The way e-mails leave the application; nodemailer's transporters are some. */
export interface MailTransport {
  sendMail(mail: Mail): Promise<unknown>;
  close(): void;
}

/** Inject it to send e-mails; override it in tests. */
export const MAIL_TRANSPORT = Symbol('MAIL_TRANSPORT');

/** Milliseconds that a mail takes which is written to the log: as slow mail servers do. */
const SLOW = 2000;

const DEFAULTS = { from: 'Sample <hello@sample.example>' };

/**
 * Sends through the SMTP server at `smtpUrl`, or writes to the log where there is none.
 *
 * @throws Error when `smtpUrl` is no address of an SMTP server.
 */
export function createMailTransport(smtpUrl: string | undefined): MailTransport {
  if (!smtpUrl) return createLoggingTransport();
  checkSmtpUrl(smtpUrl);
  return createTransport({ url: smtpUrl, pool: true }, DEFAULTS);
}

/** Each e-mail is composed as if it were to be sent, so a wrong one fails here too. */
function createLoggingTransport(): MailTransport {
  const logger = new Logger('Mail');
  const transport = createTransport({ jsonTransport: true }, DEFAULTS);
  return {
    async sendMail(mail) {
      await transport.sendMail({ ...mail });
      await setTimeout(SLOW);
      logger.log(`To ${mail.to}: ${mail.subject}. ${mail.text}`);
    },
    close: () => transport.close(),
  };
}

/** The message does not repeat the address: there may be a password in it. */
function checkSmtpUrl(smtpUrl: string): void {
  const url = URL.canParse(smtpUrl) ? new URL(smtpUrl) : undefined;
  if (url && ['smtp:', 'smtps:'].includes(url.protocol) && url.hostname !== '') return;
  throw new Error(
    'Cannot send e-mails: SMTP_URL is no address of an SMTP server. Set it to one, as in smtp://127.0.0.1:2525 or ' +
      'smtps://user:password@mail.example.com, or unset it to have e-mails written to the log.',
  );
}
