import { Injectable } from '@nestjs/common';

/** Who has signed up, in memory. A real application also keeps a salted hash of the password. */
@Injectable()
export class Accounts {
  readonly #emails = new Set<string>();

  open(email: string): void {
    this.#emails.add(email);
  }

  has(email: string): boolean {
    return this.#emails.has(email);
  }
}
