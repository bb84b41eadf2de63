import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Accounts } from './accounts.js';
import { Mailer } from './mailer.js';

/** Lets people who forgot their password in again. */
@Injectable()
export class PasswordResets {
  constructor(
    private readonly accounts: Accounts,
    private readonly mailer: Mailer,
  ) {}

  /** Sends a link to those who have an account, and nothing to others. */
  async sendLink(email: string): Promise<void> {
    if (this.accounts.has(email)) await this.mailer.sendResetLink(email, randomUUID());
  }
}
