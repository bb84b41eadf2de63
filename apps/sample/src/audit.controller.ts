import { Controller, Get } from '@nestjs/common';
import { type AuditEntry, AuditLog } from './audit-log.js';

/** Lists what the tasks have done. Open to everybody: it is there to be looked at. */
@Controller('audit')
export class AuditController {
  constructor(private readonly auditLog: AuditLog) {}

  @Get()
  list(): readonly AuditEntry[] {
    return this.auditLog.entries;
  }
}
