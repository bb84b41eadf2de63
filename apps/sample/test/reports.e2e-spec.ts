import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import request from 'supertest';
import { AuditLog } from '../src/audit-log.js';
import { Outbox } from './outbox.js';
import { startSample } from './start-sample.js';

describe('Ordering a report that cannot be stored', () => {
  let app: INestApplication<Server>;
  let outbox: Outbox;
  let logger: { log: jest.Mock; warn: jest.Mock; error: jest.Mock };

  beforeEach(async () => {
    outbox = new Outbox();
    logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };
    app = await startSample(outbox, logger);
    await request(app.getHttpServer()).post('/reports/failing').send({ email: 'ada@example.com' }).expect(202);
    await app.get(BackgroundTasksRunner).idle();
  });

  afterEach(() => app.close());

  it('runs the task before the failing one', () => {
    expect(app.get(AuditLog).entries).toMatchObject([{ what: 'ordered a report', email: 'ada@example.com' }]);
  });

  it('skips the task after the failing one', () => {
    expect(outbox.mails).toEqual([]);
  });

  it('logs one error, with what failed, what was skipped, and why', () => {
    const why = 'Error: Cannot store the report "sales": the archive is full. Delete old reports.';
    expect(logger.error.mock.calls).toEqual([
      [
        `Background task "FullArchive.store" failed: ${why} Skipped after it: "Mailer.sendReportLink".`,
        expect.stringMatching(/^Error: Cannot store the report .*\n {4}at /),
        'BackgroundTasks',
      ],
    ]);
  });
});
