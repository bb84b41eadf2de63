import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import request from 'supertest';
import { Accounts } from '../src/accounts.js';
import { HeldOutbox } from './outbox.js';
import { startSample } from './start-sample.js';

describe('Asking for a password reset', () => {
  let app: INestApplication<Server>;
  let outbox: HeldOutbox;

  beforeEach(async () => {
    outbox = new HeldOutbox();
    app = await startSample(outbox);
    app.get(Accounts).open('ada@example.com');
  });

  afterEach(() => app.close());

  const ask = (email: string) => request(app.getHttpServer()).post('/password-resets').send({ email });

  it('answers before the link has been sent', async () => {
    await ask('ada@example.com').expect(202);
    await outbox.reached;
    expect(outbox.mails).toEqual([]);

    outbox.release();
    await app.get(BackgroundTasksRunner).idle();
    expect(outbox.mails).toMatchObject([
      { to: 'ada@example.com', text: expect.stringMatching(/\/password-resets\/[\da-f-]{36}$/) },
    ]);
  });

  it('answers the same where there is no account, and sends nothing', async () => {
    outbox.release();
    const known = await ask('ada@example.com');
    const unknown = await ask('nobody@example.com');
    await app.get(BackgroundTasksRunner).idle();

    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    expect(outbox.mails.map(({ to }) => to)).toEqual(['ada@example.com']);
  });
});
