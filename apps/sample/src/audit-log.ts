import { Injectable } from '@nestjs/common';

/** Something that happened. */
export interface AuditEntry {
  /** When, in ISO 8601. */
  readonly at: string;
  readonly what: string;
  readonly email: string;
}

/** What has happened, in order. Nothing is ever taken out. */
@Injectable()
export class AuditLog {
  readonly #entries: AuditEntry[] = [];

  get entries(): readonly AuditEntry[] {
    return this.#entries;
  }

  record(what: string, email: string): void {
    this.#entries.push({ at: new Date().toISOString(), what, email });
  }
}
