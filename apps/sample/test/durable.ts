import { expect } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { BackgroundTasksEvents, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { filter, firstValueFrom } from 'rxjs';
import request from 'supertest';
import { Outbox } from './outbox.js';

const ada = { username: 'ada', password: 'correct horse', email: 'ada@example.com' };

/** Starts the sample with its tasks stored at `url`: `DURABLE_URL` is read when the sample is loaded, so once in a file. */
export async function startDurable(
  url: string,
  outbox: Outbox,
  env: Record<string, string> = {},
): Promise<INestApplication> {
  Object.assign(process.env, { DURABLE_URL: url, ...env });
  const { startSample } = await import('./start-sample.js');
  return startSample(outbox);
}

/** Signs somebody up, and looks whether the mail was stored before the answer, and sent after it. */
export async function expectStoredMail(app: INestApplication, outbox: Outbox): Promise<void> {
  const told: string[] = [];
  const { events$ } = app.get(BackgroundTasksEvents);
  events$.subscribe(({ type }) => told.push(type));
  const sent = firstValueFrom(
    events$.pipe(filter((event) => event.type === 'succeeded' && event.name === 'Mailer.sendWelcome')),
  );
  await request(app.getHttpServer()).post('/signup').send(ada).expect(201);
  expect(told).toContain('stored');
  await app.get(BackgroundTasksRunner).idle();
  await sent;
  expect(outbox.mails).toEqual([{ to: ada.email, subject: 'Welcome', text: expect.any(String) }]);
}
