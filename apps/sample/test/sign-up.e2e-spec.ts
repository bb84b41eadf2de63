import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { BackgroundTasksRunner } from 'nestjs-background-tasks';
import request from 'supertest';
import { AuditLog } from '../src/audit-log.js';
import { HeldOutbox, Outbox } from './outbox.js';
import { startSample } from './start-sample.js';

const ada = { username: 'ada', password: 'correct horse', email: 'ada@example.com' };

describe('Signing up', () => {
  let app: INestApplication<Server>;

  afterEach(() => app.close());

  const signUp = (body: object) => request(app.getHttpServer()).post('/signup').send(body);
  const welcomed = () => app.get(AuditLog).entries.filter(({ what }) => what === 'welcomed');

  it('sends a welcome e-mail after the response', async () => {
    const outbox = new Outbox();
    app = await startSample(outbox);

    await signUp(ada).expect(201);
    await app.get(BackgroundTasksRunner).idle();

    expect(outbox.mails).toEqual([{ to: ada.email, subject: 'Welcome', text: expect.any(String) }]);
  });

  it('answers before the e-mail has been sent, and without the password', async () => {
    const outbox = new HeldOutbox();
    app = await startSample(outbox);

    await signUp(ada).expect(201, { username: 'ada', status: 'signed up' });
    await outbox.reached;
    expect(outbox.mails).toHaveLength(0);

    outbox.release();
    await app.get(BackgroundTasksRunner).idle();
    expect(outbox.mails).toHaveLength(1);
  });

  it('writes the audit entry once the e-mail has been sent', async () => {
    const outbox = new HeldOutbox();
    app = await startSample(outbox);

    await signUp(ada);
    await outbox.reached;
    expect(welcomed()).toEqual([]);

    outbox.release();
    await app.get(BackgroundTasksRunner).idle();
    expect(welcomed()).toMatchObject([{ email: ada.email }]);
  });

  it('still sends the e-mail when the application shuts down meanwhile', async () => {
    const outbox = new HeldOutbox();
    app = await startSample(outbox);

    await signUp(ada);
    await outbox.reached;
    const closed = app.close();
    outbox.release();
    await closed;

    expect(outbox.mails).toHaveLength(1);
    expect(welcomed()).toMatchObject([{ email: ada.email }]);
    expect(outbox.isClosed).toBe(true);
  });

  it.each([
    ['without a username', { ...ada, username: '' }],
    ['with a short password', { ...ada, password: 'horse' }],
    ['with an address that is none', { ...ada, email: 'ada' }],
  ])('refuses a visitor %s and sends no e-mail', async (_, body) => {
    const outbox = new Outbox();
    app = await startSample(outbox);

    await signUp(body).expect(400);
    await app.get(BackgroundTasksRunner).idle();

    expect(outbox.mails).toEqual([]);
    expect(app.get(AuditLog).entries).toEqual([]);
  });

  it('shows in the list of audit entries', async () => {
    app = await startSample(new Outbox());

    await signUp(ada);
    await app.get(BackgroundTasksRunner).idle();

    const response = await request(app.getHttpServer()).get('/audit').expect(200);
    expect(response.body).toEqual([{ at: expect.any(String), what: 'welcomed', email: ada.email }]);
  });
});
