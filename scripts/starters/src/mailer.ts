import { Injectable } from '@nestjs/common';

@Injectable()
export class Mailer {
  readonly sent: string[] = [];
  /** How often the mail server is busy, from now on. */
  busy = 0;

  async sendWelcome(email: string): Promise<void> {
    await Promise.resolve();
    if (this.busy-- > 0) throw new Error('the mail server is busy');
    this.sent.push(email);
    console.log(`welcome, ${email}`);
  }
}
