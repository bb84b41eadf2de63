import { Injectable } from '@nestjs/common';

/** An archive that takes nothing in, to show what a failing task looks like. */
@Injectable()
export class FullArchive {
  async store(report: string): Promise<void> {
    throw new Error(`Cannot store the report "${report}": the archive is full. Delete old reports.`);
  }
}
