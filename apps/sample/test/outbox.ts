import type { Mail, MailTransport } from '../src/mail-transport.js';

/** A mail transport that keeps what it is given. */
export class Outbox implements MailTransport {
  readonly mails: Mail[] = [];
  isClosed = false;

  async sendMail(mail: Mail): Promise<void> {
    this.mails.push(mail);
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A mail transport in the middle of sending, until `release()`. */
export class HeldOutbox extends Outbox {
  /** Resolves when the first mail has come in. */
  readonly reached: Promise<void>;
  release!: () => void;
  #reach!: () => void;
  readonly #released: Promise<void>;

  constructor() {
    super();
    this.reached = new Promise((resolve) => (this.#reach = resolve));
    this.#released = new Promise((resolve) => (this.release = resolve));
  }

  override async sendMail(mail: Mail): Promise<void> {
    this.#reach();
    await this.#released;
    await super.sendMail(mail);
  }
}
